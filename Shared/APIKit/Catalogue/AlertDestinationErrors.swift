extension Catalogue {
    static let alertDestinationErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "alert_destination_not_found", 404, cause: "You have no destination of alerts with this id.",
            remedy: "`GET /v1/alert-destinations` lists them."),
        CatalogueEntry(
            "alert_destinations_limit_reached", 409, cause: "You have as many destinations as anybody may have.",
            remedy: "Delete one that nobody reads."),
        CatalogueEntry(
            "alert_destination_known", 409, cause: "This e-mail address is a destination already.",
            remedy: "Change that one with `PATCH /v1/alert-destinations/{id}`."),
        CatalogueEntry(
            "alert_channel_unknown", 422, cause: "The channel is neither `email` nor, for a business, `slack`.",
            remedy: "The platform's Slack stands in its settings."),
        CatalogueEntry(
            "slack_url_invalid", 422, cause: "The address is not that of one of Slack's incoming webhooks.",
            remedy: "Copy it from Slack; it begins with `https://hooks.slack.com/services/`."),
        CatalogueEntry(
            "severity_min_unknown", 422, cause: "There is no such severity.", remedy: "Use `info`, `warning` or `critical`."),
        CatalogueEntry(
            "alert_code_unknown", 422, cause: "There is no such code of alerts, or no business is told of it.",
            remedy: "Leave `codes` out to be told of all."),
        CatalogueEntry(
            "label_too_long", 422, cause: "The label has more than 100 characters, or several lines.", remedy: "Shorten it."),
    ]
}
