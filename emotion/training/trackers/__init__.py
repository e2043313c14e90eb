"""Trackers that keep the curves of trainings: TensorBoard, MLflow, W&B; each an extra, none needed to train."""
