extension Catalogue {
    static let callbackErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "callback_url_invalid", 422, cause: "The endpoint's address cannot be used: it is not https, not public, or holds a password.",
            remedy: "`detail` says what is wrong. Deliveries are signed, so that no password is needed."),
        CatalogueEntry(
            "event_unknown", 422, cause: "There is no such kind of event.",
            remedy: "`GET /v1/callbacks/event-types` lists them; `message.*` and `*` work for an endpoint too."),
        CatalogueEntry(
            "description_too_long", 422, cause: "The description has more than 500 characters.", remedy: "Shorten it."),
        CatalogueEntry(
            "callbacks_limit_reached", 409, cause: "You have as many endpoints as anybody may have.",
            remedy: "Delete one, or let one endpoint take more kinds of events."),
        CatalogueEntry(
            "delivery_pending", 409, cause: "The delivery is still to be made.",
            remedy: "Wait: `next_try_at` says when it is tried. Setting the endpoint `active` again hurries everything."),
    ]
}
