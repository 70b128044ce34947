"""django-helpdesk at the root of the site, after the admin, as its installation guide has it."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("", include("helpdesk.urls"))]
