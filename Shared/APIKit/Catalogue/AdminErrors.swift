extension Catalogue {
    static let adminErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "admin_key_missing", 401, cause: "The administration's API was called without an admin key and without a founder's session.",
            remedy: "Send `Authorization: Bearer tda_…`, or sign in as a founder."),
        CatalogueEntry(
            "admin_key_invalid", 401,
            cause: "The admin key is unknown, revoked or over, or its founder is no longer one; or it is a business's key.",
            remedy: "Have a founder sign in and make a new one with `POST /v1/admin/keys`."),
        CatalogueEntry(
            "founder_session_needed", 403, cause: "An admin key tried to make another one.",
            remedy: "Sign in by link as a founder and make the key with that session."),
        CatalogueEntry(
            "slug_taken", 409, cause: "Another business has this slug.", remedy: "Choose another slug."),
        CatalogueEntry(
            "tenant_deleted", 409, cause: "The business was deleted, for good.",
            remedy: "Take the business on anew; its slug and numbers are free."),
        CatalogueEntry(
            "confirmation_wrong", 422, cause: "`confirm` is not the slug of the business that is to be deleted.",
            remedy: "Give the slug as `?confirm=<slug>`: deleting cannot be undone."),
        CatalogueEntry(
            "plan_exists", 409, cause: "There is a plan of this name.",
            remedy: "Change it with `PATCH`, or choose another name."),
        CatalogueEntry(
            "plan_in_use", 409, cause: "Businesses have this plan, or it is the one they have unless told otherwise.",
            remedy: "Give the businesses another plan first; `unlimited` stays."),
        CatalogueEntry(
            "user_exists", 409, cause: "The business has a person with this address.",
            remedy: "Change that person with `PATCH` instead."),
        CatalogueEntry(
            "monitoring_disabled", 409, cause: "Every copy of monitor runs with `MONITORING_ENABLED=false`.",
            remedy: "Set it to true where monitoring shall run, and start that copy anew."),
        CatalogueEntry(
            "plan_unknown", 422, cause: "There is no plan of this name.",
            remedy: "`GET /v1/admin/plans` lists them."),
    ]
}
