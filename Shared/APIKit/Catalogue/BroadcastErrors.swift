extension Catalogue {
    static let broadcastErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "broadcast_not_found", 404, cause: "You have no broadcast with this id.", remedy: "`GET /v1/broadcasts` lists yours."),
        CatalogueEntry(
            "broadcast_started", 409, cause: "Only a draft can be changed, deleted, or given recipients.",
            remedy: "Pause or cancel the broadcast, or make another one."),
        CatalogueEntry(
            "broadcast_not_running", 409, cause: "A broadcast that has not begun, or was cancelled, can be neither paused nor resumed.",
            remedy: "Start it, or make another one."),
        CatalogueEntry(
            "recipients_empty", 422, cause: "There is no recipient to send to.",
            remedy: "Upload recipients; `GET /v1/broadcasts/{id}/results` says what is wrong with those that are there."),
        CatalogueEntry(
            "recipients_malformed", 422, cause: "A line of the upload cannot be read. Nothing of it was added.",
            remedy: "`field` names the line and `detail` what is wrong with it; mend it and send the upload again."),
        CatalogueEntry(
            "recipients_too_many", 422, cause: "More recipients than a broadcast, or your plan, takes.",
            remedy: "Divide them between several broadcasts."),
        CatalogueEntry(
            "recipient_repeated", cause: "The number is in the broadcast already: it gets one message.",
            remedy: "Nothing to do."),
        CatalogueEntry(
            "variables_too_large", cause: "The variables of one recipient are too large.",
            remedy: "Shorten them; a message's texts are limited by WhatsApp anyway."),
        CatalogueEntry(
            "content_type_unsupported", 415, cause: "The upload is neither JSON lines nor CSV.",
            remedy: "Send `Content-Type: application/x-ndjson` or `text/csv`."),
    ]
}
