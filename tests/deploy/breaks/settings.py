"""Ways to break the rules about settings, ports and probes."""

from tests.deploy.breaks.documents import Breaks, backup, config, container, spec, without_variable

BREAKS: Breaks = {
    "services get the settings they know": [
        (
            "router knows no KLU_SMTP_URL",
            lambda d: container(d)["env"].append({"name": "KLU_SMTP_URL", "value": "smtp://mail"}),
        ),
        ("intake knows no KLU_UNIT_REPLY_DAYS", lambda d: config(d, "KLU_TIMEZONE").update(KLU_UNIT_REPLY_DAYS="7")),
        ("SMTP_URL is missing", lambda d: without_variable(d, "KLU_SMTP_URL")),
        ("KLU_SECRET_KEY is missing", lambda d: container(d, "klu-prepare-intake", "Job").pop("env")),
        ("color_primary", lambda d: config(d, "KLU_COLOR_PRIMARY").update(KLU_COLOR_PRIMARY="blue")),
        ("no service rooter", lambda d: container(d).update(command=["python", "-m", "services.rooter"])),
        ("KLU_BACKUP_RABBITMQ_URL is missing", lambda d: backup(d)["containers"][0]["env"].pop(1)),
        (
            "backup knows no KLU_SECRET_KEY",
            lambda d: backup(d)["containers"][0]["env"].append({"name": "KLU_SECRET_KEY", "value": "x"}),
        ),
    ],
    "services listen where they are asked": [
        ("listens on 8002", lambda d: container(d)["ports"][0].update(containerPort=80)),
        ("listens on 9001", lambda d: container(d, "klu-intake")["ports"].pop()),
        ("only for itself", lambda d: container(d)["env"].pop()),
        ("no pod has a port web", lambda d: spec(d, "Service", "klu-router")["ports"][0].update(targetPort="web")),
    ],
    "probes point at real routes": [
        ("nobody serves", lambda d: container(d).pop("startupProbe")),
        (
            "asks /healthz, which nobody serves",
            lambda d: container(d)["livenessProbe"]["httpGet"].update(path="/healthz"),
        ),
        ("not /livez", lambda d: container(d)["livenessProbe"]["httpGet"].update(path="/readyz")),
        ("management port", lambda d: container(d)["readinessProbe"]["httpGet"].update(port="http")),
        ("too soon", lambda d: container(d)["livenessProbe"].update(failureThreshold=3)),
    ],
}
