import ServiceKit

await ServiceMain.run(
    "webhook-receiver",
    settings: WebhookReceiverSettings.init,
    build: WebhookReceiver.build
)
