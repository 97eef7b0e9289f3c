"""Results from Python: tables, figure and conclusion. Slow modules are imported only when they are needed."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dropout_lab.errors import ResultsError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from dropout_lab.analysis.study import Study
    from dropout_lab.report.figures import Picture
    from dropout_lab.stats import Verdict

__all__ = ["Results"]


class Results:
    """A result directory. Printed or shown in a notebook, it is its table and its conclusion.

    Attributes
    ----------
    folder : Path
    experiment : Experiment
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self.folder = study.folder
        self.experiment = study.experiment

    @property
    def trials(self) -> pd.DataFrame:
        """A row per finished trial: the columns of ``trials.csv``."""
        return self._study.trials.copy()

    @cached_property
    def history(self) -> pd.DataFrame:
        """A row per trial and epoch: the columns of ``history.csv``.

        Raises
        ------
        ResultsError
            If the file is not there, or cannot be read.
        """
        from dropout_lab.results import read_history

        history = read_history(self.folder, self._study.succeeded)
        if history is None:
            raise ResultsError(f"{self.folder}: holds no history.csv")
        return history

    @property
    def summary(self) -> pd.DataFrame:
        """A row per point of the sweep: the columns of ``summary.csv``."""
        return self._study.summary.copy()

    @property
    def verdict(self) -> Verdict | None:
        """The conclusion; None if no trial is finished.

        ``outcome`` is ``winner``, ``same``, ``unclear`` or ``unfinished``; ``sentence``, ``details`` and ``notes`` put
        it into words, ``decision`` holds the numbers.
        """
        return self._study.verdict

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """A row per trial and held-out row: the columns of ``predictions.csv.gz``.

        Raises
        ------
        ResultsError
            If the file is not there or not complete, or cannot be read.
        """
        from dropout_lab.results import read_predictions

        predictions = read_predictions(self.folder, self._study.succeeded)
        if predictions is None:
            raise ResultsError(f"{self.folder}: holds no complete predictions.csv.gz")
        return predictions

    def figure(self) -> Figure:
        """Return the main figure of the report, a matplotlib figure.

        Raises
        ------
        ResultsError
            If no trial is finished.
        """
        return self._picture().figure

    def plot(self, ax: Axes | None = None) -> Axes:
        """Plot the main figure of the report on axes of your own, in your style.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            By default those of a new figure of ``matplotlib.pyplot``.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ResultsError
            If no trial is finished.
        """
        picture = self._picture()
        if ax is None:
            from matplotlib import pyplot

            ax = pyplot.subplots()[1]
        picture.draw_on(ax)
        return ax

    def _picture(self) -> Picture:
        from dropout_lab.report.figures import main_pictures

        pictures = main_pictures(self._study) if self.verdict else ()
        if not pictures:
            raise ResultsError(f"{self.folder}: no trial is finished: there is nothing to plot")
        return pictures[0]

    def to_tensorboard(self) -> Path:
        """Write TensorBoard event files into the directory, replacing older ones; return their folder.

        Raises
        ------
        TrackerError
            If no trial is finished, TensorBoard is not installed, or they cannot be written.
        """
        from dropout_lab.trackers.tensorboard import events_folder

        self._publish("tensorboard", "")
        return events_folder(self.folder)

    def to_mlflow(self, uri: str) -> None:
        """Log to MLflow, replacing what it has of this result: ``report --mlflow``.

        Parameters
        ----------
        uri : str
            ``http://HOST:PORT`` of a server, or a database: ``sqlite:///mlflow.db``.

        Raises
        ------
        TrackerError
            If no trial is finished, MLflow is not installed, or the store cannot be used.
        """
        self._publish("mlflow", uri)

    def _publish(self, tracker: str, uri: str) -> None:
        from dropout_lab.errors import TrackerError
        from dropout_lab.trackers import check, publish

        check({tracker: uri}, self.folder)
        if not publish(self._study, {tracker: uri}):
            raise TrackerError(f"{self.folder}: no trial is finished: there is nothing to publish")

    def __str__(self) -> str:
        from rich.console import Console

        from dropout_lab.report.terminal import shown

        console = Console(width=80, color_system=None, highlight=False, emoji=False, markup=False)
        with console.capture() as captured:
            console.print(shown(self._study, console.width))
        return captured.get().rstrip()

    def __repr__(self) -> str:
        from dropout_lab.analysis.headline import headline

        return f"<Results in {self.folder}: {headline(self._study)[0]}>"

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(str(self))}</pre>"
