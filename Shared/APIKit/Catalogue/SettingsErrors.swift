extension Catalogue {
    static let settingsErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "nothing_to_change", 422, cause: "A change names nothing that is to be changed.",
            remedy: "Name at least one field with its new value; null takes a value away."),
        CatalogueEntry(
            "fields_contradict", 422, cause: "Two names of the same setting came at once.",
            remedy: "Give one of them."),
        CatalogueEntry(
            "kind_not_allowed", 422, cause: "The business keeps a list of message kinds, and this kind is not on it.",
            remedy: "Use a kind that `detail` lists, or change `message_kinds` with `PATCH /v1/settings`."),
        CatalogueEntry(
            "name_invalid", 422, cause: "A name is missing, empty or too long.",
            remedy: "Give a name of the length that `detail` says."),
        CatalogueEntry(
            "default_country_unknown", 422, cause: "No country has this code.",
            remedy: "Write two capital letters (ISO 3166-1), as in IT."),
        CatalogueEntry(
            "default_region_unknown", 422, cause: "No country has this code.",
            remedy: "Write two capital letters (ISO 3166-1), as in IT."),
        CatalogueEntry(
            "time_zone_unknown", 422, cause: "There is no time zone of this name.",
            remedy: "Write it as in Europe/Rome, or UTC; abbreviations and offsets are not taken, because they know nothing of summer."),
        CatalogueEntry(
            "currency_invalid", 422, cause: "The currency is no code of three capital letters.",
            remedy: "Write it as in EUR (ISO 4217)."),
        CatalogueEntry(
            "retry_preset_unknown", 422, cause: "There is no such preset for retries.",
            remedy: "Use quick, steady, patient or own."),
        CatalogueEntry(
            "retry_delays_missing", 422, cause: "The preset own needs delays.",
            remedy: "Give `retry_delays_seconds`, or `retry_delay_minutes`."),
        CatalogueEntry(
            "retry_delays_seconds_invalid", 422, cause: "The delays are no list of 1 to 20 whole numbers of seconds, each up to 30 days.",
            remedy: "Correct the list; its last delay repeats."),
        CatalogueEntry(
            "quiet_hours_invalid", 422, cause: "Quiet hours need two different times of the day.",
            remedy: "Write {\"from\":\"22:00\",\"to\":\"08:00\"}; they may span midnight."),
        CatalogueEntry(
            "preference_unknown", 422, cause: "There is no such preference for sends that nobody answered.",
            remedy: "Use prefer_no_duplicate or prefer_delivery."),
        CatalogueEntry(
            "expiry_seconds_out_of_range", 422, cause: "A category's expiry lies below 30 seconds or above 30 days.",
            remedy: "Give seconds within these bounds."),
        CatalogueEntry(
            "message_kinds_invalid", 422, cause: "The kinds are no list of 1 to 100 different words.",
            remedy: "Use a-z, 0-9 and _, beginning with a letter; null allows any kind."),
        CatalogueEntry(
            "threshold_out_of_range", 422, cause: "A threshold is no share between 0 and 1.",
            remedy: "Write 95 % as 0.95."),
        CatalogueEntry(
            "opt_in_required_invalid", 422, cause: "The list names something that is no category.",
            remedy: "Use MARKETING, UTILITY, AUTHENTICATION."),
        CatalogueEntry(
            "fallback_template_invalid", 422, cause: "The fallback template's name, language or variable is empty or too long.",
            remedy: "Name an approved template as `GET /v1/templates` lists it, and the variable that takes the text."),
        CatalogueEntry(
            "allowed_origins_invalid", 422, cause: "An origin is not a scheme and a host alone.",
            remedy: "Write https://app.example.com, without a path; http is taken for localhost only."),
        CatalogueEntry(
            "redact_after_days_too_late", 422, cause: "Messages are removed before they would be made unreadable.",
            remedy: "Let `redact_after_days` be at most `retention_days`."),
        CatalogueEntry(
            "retention_days_above_plan", 422, cause: "The plan of the business keeps messages for fewer days.",
            remedy: "Give fewer days, or have the plan changed."),
        CatalogueEntry(
            "provider_unknown", 422, cause: "There is no such provider.",
            remedy: "Use meta or twilio."),
        CatalogueEntry(
            "sender_refused", 422, cause: "The provider does not vouch for the sender: the token, the number, or that it is the account's.",
            remedy: "`field` and `detail` say what is wrong; correct it at the provider or in the request."),
        CatalogueEntry(
            "provider_unavailable", 503, cause: "The provider did not answer, or is too busy. Nothing was changed.",
            remedy: "Try again in a while."),
        CatalogueEntry(
            "number_taken", 409, cause: "The number is a sender already, of yours or of another business.",
            remedy: "Use that sender, or have it removed there."),
        CatalogueEntry(
            "sender_in_use", 409, cause: "Messages wait for the sender.",
            remedy: "Disable it, and cancel them or let them end; then remove it."),
        CatalogueEntry(
            "portfolio_shared", 409, cause: "Other businesses send in the same portfolio, whose limit counts for all of them.",
            remedy: "Leave `rate_limit_tier` out: it is taken from WhatsApp."),
        CatalogueEntry(
            "rate_limit_tier_unknown", 422, cause: "The tier is none of WhatsApp's.",
            remedy: "Write it as in TIER_250, TIER_2K or TIER_UNLIMITED."),
        CatalogueEntry(
            "phone_number_id_invalid", 422, cause: "The number's id is not what the provider calls a number.",
            remedy: "With Meta it is an id of digits, with Twilio the number as in whatsapp:+14155550100."),
        CatalogueEntry(
            "account_id_invalid", 422, cause: "The account's id is not what the provider calls an account.",
            remedy: "With Meta it is an id of digits, with Twilio AC and 32 digits."),
        CatalogueEntry(
            "messaging_service_id_invalid", 422, cause: "The id is no messaging service of Twilio's.",
            remedy: "Write MG and its 32 digits; with Meta leave it out."),
        CatalogueEntry(
            "display_phone_number_invalid", 422, cause: "The number to show is no telephone number.",
            remedy: "Write it with its country code, or leave it out: the provider says it."),
        CatalogueEntry(
            "scopes_invalid", 422, cause: "The scopes are none, or no list of scopes.",
            remedy: "`detail` lists them: an area for everything in it, with :read to look only."),
        CatalogueEntry(
            "scopes_not_held", 403, cause: "A key can only hand on what it may itself do.",
            remedy: "Use a key with these scopes, or ask for fewer."),
        CatalogueEntry(
            "key_not_rotatable", 409, cause: "The key is revoked, over, or was rotated already.",
            remedy: "Rotate the key that took its place."),
        CatalogueEntry(
            "key_revokes_itself", 409, cause: "A key cannot revoke itself.",
            remedy: "Rotate it, and revoke it with the key you get."),
        CatalogueEntry(
            "role_unknown", 422, cause: "There is no such role.",
            remedy: "Use owner, operator or viewer."),
        CatalogueEntry(
            "email_invalid", 422, cause: "The text can be no e-mail address.",
            remedy: "Write it as in ada@example.com."),
        CatalogueEntry(
            "last_owner", 409, cause: "Nobody would be left who may do everything.",
            remedy: "Make somebody else an owner first."),
    ]
}
