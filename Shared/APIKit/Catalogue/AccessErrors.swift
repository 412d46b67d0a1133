extension Catalogue {
    /// Who asks, what they may do, and how often.
    static let accessErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "api_key_missing", 401, cause: "The request has no `Authorization` header.",
            remedy: "Send `Authorization: Bearer <API key>`."),
        CatalogueEntry(
            "api_key_invalid", 401, cause: "The API key is unknown, revoked or has expired.",
            remedy: "Use a key that is valid. `GET /v1/keys` lists yours with their expiry; make a new one with `POST /v1/keys`.",
            alsoKnownAs: ["Invalid API key", "Unauthorized"]),
        CatalogueEntry(
            "scope_missing", 403, cause: "The key may not do this: it lacks the scope that `detail` names.",
            remedy: "Use a key that has the scope, or have an owner make one."),
        CatalogueEntry(
            "tenant_suspended", 403, cause: "The account is suspended.",
            remedy: "Write to support to have it opened again."),
        CatalogueEntry(
            "rate_limited", 429, cause: "The key made more requests in a second than its plan allows.",
            remedy: "Wait for `Retry-After`. `RateLimit-Remaining` tells beforehand; a batch is one request for up to 1,000 messages.",
            alsoKnownAs: ["Rate limit exceeded", "Too many requests"]),
        CatalogueEntry(
            "origin_not_allowed", 403, cause: "A web page called from an origin that the business does not list.",
            remedy: "Add the page's origin, as in https://app.example.com, to `allowed_origins` with `PATCH /v1/settings`.",
            alsoKnownAs: ["CORS error", "No 'Access-Control-Allow-Origin' header"]),
        CatalogueEntry(
            "role_insufficient", 403, cause: "Your role in this business does not let you do this.",
            remedy: "Ask an owner of the business to do it, or to give you another role."),
        CatalogueEntry(
            "plan_limit_reached", 403, cause: "The plan of the business allows no more of what `field` names.",
            remedy: "Remove what you no longer need, or write to support to have the plan changed."),
        CatalogueEntry(
            "sign_in_locked", 429, cause: "Signing in failed ten times in a row from this address.",
            remedy: "Wait for `Retry-After`; each further failure doubles the time, up to a day."),
        CatalogueEntry(
            "foreign_origin", 403, cause: "A form was sent from another site's page, or has lost its session.",
            remedy: "Open the page again and retry."),
        CatalogueEntry(
            "form_broken", 400, cause: "The form's fields cannot be read.", remedy: "Open the page again and retry."),
        CatalogueEntry(
            "too_many_attempts", 429, cause: "Signing in was tried too often from this address.",
            remedy: "Wait for `Retry-After`."),
        CatalogueEntry(
            "too_many_pages", 503, cause: "Too many live pages are open at once.",
            remedy: "Close some; a page that is not live can be loaded again by hand."),
        CatalogueEntry(
            "cron_secret_invalid", 401, cause: "The request of a clock carries no cron secret, or a wrong one.",
            remedy: "Send what `CRON_SECRET` holds: `Authorization: Bearer <secret>`."),
        CatalogueEntry(
            "cron_secret_not_set", 403, cause: "Nobody may ask for a run, because `CRON_SECRET` is not set.",
            remedy: "Set it for monitor and retry-scheduler. Without it, sweeps run by themselves every `SWEEP_INTERVAL`."),
        CatalogueEntry(
            "sweep_running", 409, cause: "A sweep of failed messages runs already.",
            remedy: "Ask again after `Retry-After`; one sweep does for all."),
        CatalogueEntry(
            "sweep_unanswered", 503, cause: "retry-scheduler did not answer in time. The sweep may be running.",
            remedy: "Ask again in a moment: a message is repeated once, however often one asks."),
        CatalogueEntry(
            "idempotency_key_invalid", 422, cause: "The header `Idempotency-Key` is empty, too long or not printable ASCII.",
            remedy: "Use 1 to 255 printable characters: a UUID, or your own order number."),
        CatalogueEntry(
            "idempotency_key_reused", 422, cause: "This `Idempotency-Key` came with another request before.",
            remedy: "Use a new key for a new request; repeat a request byte for byte."),
    ]
}
