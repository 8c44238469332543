"""Django REST framework: models, serializers, a viewset and a router."""

import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from psycopg.conninfo import conninfo_to_dict
from uuid_utils.compat import uuid7

database = conninfo_to_dict(os.environ["BENCHMARK_DATABASE"])
settings.configure(
    SECRET_KEY="benchmark",  # noqa: S106
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["rest_framework"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": database.get("dbname"),
            "HOST": database.get("host"),
            "PORT": database.get("port"),
            "USER": database.get("user"),
            "PASSWORD": database.get("password"),
            "OPTIONS": {"pool": True},
        }
    },
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
    TIME_ZONE="UTC",
    USE_TZ=True,
)
django.setup()

from django.contrib.postgres.fields import ArrayField  # noqa: E402
from django.db import models, transaction  # noqa: E402
from django.urls import include, path  # noqa: E402
from rest_framework import mixins, pagination, routers, serializers, viewsets  # noqa: E402


class Place(models.Model):
    placement_id = models.IntegerField(primary_key=True)
    id = models.UUIDField()
    level = models.TextField()
    code = models.TextField(null=True)
    name = models.TextField()
    full_name = models.TextField()
    path = models.TextField()

    class Meta:
        app_label = "benchmark"
        managed = False
        db_table = "benchmark_place"


class Organisation(models.Model):
    id = models.UUIDField(primary_key=True)
    name = models.TextField()

    class Meta:
        app_label = "benchmark"
        managed = False
        db_table = "organisation"


class CampaignPeriod(models.Model):
    id = models.UUIDField(primary_key=True)
    name = models.TextField()

    class Meta:
        app_label = "benchmark"
        managed = False
        db_table = "campaign_period"


class EmulationModel(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7)
    version = models.IntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)
    title = models.TextField()
    aliases = ArrayField(models.TextField(), default=list)
    summary = models.TextField(null=True)
    field = models.TextField(null=True)
    participant_kind = models.TextField(null=True)
    locality_id = models.UUIDField()
    host = models.ForeignKey(Organisation, models.DO_NOTHING, null=True)
    owner_name = models.TextField(null=True)
    campaign_period = models.ForeignKey(CampaignPeriod, models.DO_NOTHING, null=True)
    objective = models.TextField(null=True)
    target = models.TextField(null=True)
    state = models.TextField(null=True)
    registered_level = models.TextField(null=True)
    registered_on = models.TextField(null=True)
    registered_on_first = models.GeneratedField(
        expression=models.F("registered_on"), output_field=models.DateField(), db_persist=True
    )
    recognised_level = models.TextField(null=True)
    recognised_on = models.TextField(null=True)
    placement = models.ForeignKey(Place, models.DO_NOTHING, null=True)

    class Meta:
        app_label = "benchmark"
        managed = False
        db_table = "emulation_model"


class Registration(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7)
    model = models.ForeignKey(EmulationModel, models.CASCADE)
    level = models.TextField()
    registered_on = models.TextField(null=True)

    class Meta:
        app_label = "benchmark"
        managed = False
        db_table = "model_registration"


class PlaceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Place
        fields = ["id", "level", "code", "name", "full_name", "path"]


class OrganisationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Organisation
        fields = ["id", "name"]


class CampaignPeriodSerializer(serializers.ModelSerializer):
    class Meta:
        model = CampaignPeriod
        fields = ["id", "name"]


class ModelSerializer(serializers.ModelSerializer):
    locality = PlaceSerializer(source="placement")
    host = OrganisationSerializer()
    campaign_period = CampaignPeriodSerializer()

    class Meta:
        model = EmulationModel
        fields = [
            "id", "version", "updated_at", "title", "summary", "field", "participant_kind",
            "locality", "host", "owner_name", "campaign_period", "state", "registered_level",
            "registered_on", "recognised_level", "recognised_on",
        ]  # fmt: skip


class RegistrationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Registration
        fields = ["level", "registered_on"]


class NewModelSerializer(serializers.ModelSerializer):
    locality = serializers.UUIDField(source="locality_id")
    host = serializers.UUIDField(source="host_id", allow_null=True, default=None)
    campaign_period = serializers.UUIDField(
        source="campaign_period_id", allow_null=True, default=None
    )
    registration = RegistrationSerializer()

    class Meta:
        model = EmulationModel
        fields = [
            "title", "summary", "field", "participant_kind", "locality", "host",
            "campaign_period", "objective", "target", "registration",
        ]  # fmt: skip

    @transaction.atomic
    def create(self, validated_data):
        registration = validated_data.pop("registration")
        model = EmulationModel.objects.create(
            **validated_data,
            state="registered",
            registered_level=registration["level"],
            registered_on=registration["registered_on"],
        )
        Registration.objects.create(model=model, **registration)
        return ModelViewSet.queryset.get(pk=model.pk)

    def to_representation(self, instance):
        return ModelSerializer(instance).data


class NewestFirst(pagination.CursorPagination):
    page_size = 50
    ordering = ("-registered_on_first", "-id")


class ModelViewSet(
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.ListModelMixin,
    viewsets.GenericViewSet,
):
    queryset = EmulationModel.objects.select_related("placement", "host", "campaign_period")
    pagination_class = NewestFirst

    def get_queryset(self):
        models = super().get_queryset()
        return models.filter(registered_on_first__isnull=False) if self.action == "list" else models

    def get_serializer_class(self):
        return NewModelSerializer if self.action == "create" else ModelSerializer


router = routers.SimpleRouter(trailing_slash=False)
router.register("models", ModelViewSet)
urlpatterns = [path("v1/", include(router.urls))]
application = get_wsgi_application()
