extension Catalogue {
    static let alertErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "alert_over", 409, cause: "The alert is over: there is nothing to acknowledge, silence or resolve.",
            remedy: "Nothing. A note can still be added."),
        CatalogueEntry(
            "alert_rule_not_found", 404, cause: "No rule of yours was written for this metric and subject.",
            remedy: "Nothing: what holds otherwise holds already."),
        CatalogueEntry(
            "metric_missing", 400, cause: "The history of which figure is asked for was not said.",
            remedy: "Send `metric`; `GET /v1/quality` lists the figures."),
        CatalogueEntry(
            "metric_not_found", 404, cause: "There are no rules about a metric of this name.",
            remedy: "`GET /v1/alert-rules` lists the metrics."),
        CatalogueEntry(
            "too_many_alert_rules", 409, cause: "There are as many rules as one owner may have.",
            remedy: "Remove a rule of a sender that is gone."),
        CatalogueEntry(
            "clear_at_invalid", 422,
            cause: "An alert that is raised above a threshold can only be over at or below it, and the other way round.",
            remedy: "Leave a band between `raise_at` and `clear_at`, so that the alert does not flap."),
        CatalogueEntry(
            "subject_invalid", 422, cause: "`subject` is neither the id of a sender nor the name of an endpoint.",
            remedy: "Leave it out for a rule about all of them."),
    ]
}
