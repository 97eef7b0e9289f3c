from dropout_lab.api import Results as Results
from dropout_lab.api import load as load
from dropout_lab.api import read as read
from dropout_lab.api import run as run
from dropout_lab.api import sweep as sweep
from dropout_lab.final_model.estimator import DropoutClassifier as DropoutClassifier
from dropout_lab.final_model.estimator import DropoutRegressor as DropoutRegressor

__version__: str
