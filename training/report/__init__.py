"""The report that stands in every bundle: figures, tables, pictures and predictions."""

from training.curve import Epoch
from training.report.data import CodeCounts, ReportData
from training.report.write import write_predictions, write_report

__all__ = ["CodeCounts", "Epoch", "ReportData", "write_predictions", "write_report"]
