"""The content of the demo: projects, files, prompts, commands, outputs. Data only."""

from connect.demo.material import blog, docs, infra, mobile_app, shop_api
from connect.demo.material.parts import DemoProject

PROJECTS: tuple[DemoProject, ...] = (
    shop_api.PROJECT,
    infra.PROJECT,
    docs.PROJECT,
    mobile_app.PROJECT,
    blog.PROJECT,
)

__all__ = ["PROJECTS", "DemoProject"]
