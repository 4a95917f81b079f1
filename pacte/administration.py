from django.contrib import admin


class SiteAdministration(admin.AdminSite):
    pass
