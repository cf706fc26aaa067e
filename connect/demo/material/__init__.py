"""Hold what the sessions are about: projects, files, prompts, commands, outputs. Data only."""

from connect.demo.material import blog, docs, infra, mobile_app, shop_api
from connect.demo.material.parts import Project

PROJECTS: tuple[Project, ...] = (
    shop_api.PROJECT,
    infra.PROJECT,
    docs.PROJECT,
    mobile_app.PROJECT,
    blog.PROJECT,
)

__all__ = ["PROJECTS", "Project"]
