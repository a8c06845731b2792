"""The admin site in the portal's own words; who may enter is answered by the table of rights."""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    default_site = "config.admin_site.PortalAdminSite"
