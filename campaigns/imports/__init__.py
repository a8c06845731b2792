"""Deployments of a day and targets of a campaign from Excel or CSV, and back."""

from campaigns.imports.deployments import DeploymentFile
from campaigns.imports.targets import TargetFile

__all__ = ["DeploymentFile", "TargetFile"]
