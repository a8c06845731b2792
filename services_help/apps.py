from django.apps import AppConfig


class ServicesHelpConfig(AppConfig):
    name = "services_help"
    verbose_name = "Hỗ trợ người dân"
