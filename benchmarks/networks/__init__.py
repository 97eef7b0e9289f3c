"""The same sweep of ten kinds of networks, trained by Dropout Lab and by Keras scripts."""
