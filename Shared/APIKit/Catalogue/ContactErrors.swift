extension Catalogue {
    static let contactErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "recipient_opted_out", 422,
            cause: "The person has opted out of this category: by a word such as STOP, in WhatsApp, or by you.",
            remedy: "Send nothing. When they agree again, record it with `POST /v1/contacts/{id}/consents`.",
            alsoKnownAs: ["opted out", "unsubscribed", "131050", "21610"]),
        CatalogueEntry(
            "recipient_suppressed", 422,
            cause: "The recipient is on your suppression list, or WhatsApp refused messages to them.",
            remedy: "`GET /v1/suppressions?recipient=…` shows why; take the entry away to write to them again.",
            alsoKnownAs: ["suppression list", "blocked"]),
        CatalogueEntry(
            "opt_in_missing", 422,
            cause: "You send this category only to people who opted in, and no opt-in of this one is on record.",
            remedy: "Record it with `POST /v1/contacts/{id}/consents`, or change `opt_in_required` in the settings.",
            alsoKnownAs: ["Opt-in required"]),
        CatalogueEntry(
            "window_closed", 422,
            cause: "Only templates reach somebody who has not written to this sender within the last 24 hours.",
            remedy: "Send a template, or set `fallback_template` in the settings: it then goes out instead of texts.",
            alsoKnownAs: ["customer service window", "24-hour window", "131047", "63016"]),
        CatalogueEntry(
            "marketing_us_blocked", 422,
            cause: "WhatsApp delivers no marketing to numbers of the United States.",
            remedy: "Send a utility template, or reach this person another way.", alsoKnownAs: ["131049"]),
        CatalogueEntry(
            "phone_needed", 422,
            cause: "The person is known by WhatsApp's user id only: login codes, and Twilio, need a telephone number.",
            remedy: "Give the contact a phone, or send something else through a sender of Meta's.",
            alsoKnownAs: ["131062"]),
        CatalogueEntry(
            "sent_as_template", cause: "A text was accepted for somebody whose window is closed.",
            remedy: "Nothing to do: your fallback template goes out instead."),
        CatalogueEntry(
            "recipient_ambiguous", 422, cause: "A message has both `to` and `contact_id`.",
            remedy: "Leave one of them out."),
        CatalogueEntry(
            "contact_not_found", 404, 422, cause: "You have no contact with this id.",
            remedy: "`GET /v1/contacts` lists yours."),
        CatalogueEntry(
            "contact_unreachable", 422, cause: "The contact has neither a phone nor a user id of WhatsApp's.",
            remedy: "Give it one with `PATCH /v1/contacts/{id}`.", alsoKnownAs: ["No phone number"]),
        CatalogueEntry(
            "contact_exists", 409, 422, cause: "Another contact has this phone, user id or external id.",
            remedy: "Change that one: `detail` names it."),
        CatalogueEntry(
            "contact_unnamed", 422, cause: "A contact needs at least one of `phone`, `user_id` and `external_id`.",
            remedy: "Send one of them."),
        CatalogueEntry(
            "phone_invalid", 422, cause: "`phone` is no possible telephone number.",
            remedy: "Write it with its country code, as in +393401234567."),
        CatalogueEntry(
            "user_id_invalid", 422, cause: "`user_id` is not as WhatsApp writes the ids of people.",
            remedy: "Copy it from what came in, as in IT.4410928374650192837."),
        CatalogueEntry(
            "external_id_invalid", 422, cause: "An external id has 1 to 255 characters.", remedy: "Shorten it."),
        CatalogueEntry(
            "language_invalid", 422, cause: "The language is not written as WhatsApp does.",
            remedy: "Write it as en, en_US or pt_BR."),
        CatalogueEntry(
            "attributes_too_large", 422, cause: "A contact's attributes have 8,192 bytes at most.",
            remedy: "Keep the rest elsewhere, under the contact's id."),
        CatalogueEntry(
            "tags_invalid", 422, cause: "Tags are a list of at most 50 texts of 1 to 64 characters.",
            remedy: "Shorten or drop some."),
        CatalogueEntry(
            "at_in_future", 422, cause: "A consent says that it was given in the future.",
            remedy: "Send when the person said so, with its offset."),
        CatalogueEntry(
            "evidence_too_long", 422, cause: "Evidence has 1,000 characters at most.",
            remedy: "Name the place where the whole of it is kept."),
        CatalogueEntry(
            "source_invalid", 422, cause: "The source of a consent is a word of a-z, 0-9 and _; some words are ours.",
            remedy: "Write it as web_form or shop_counter."),
        CatalogueEntry(
            "consent_invalid", 422, cause: "The parameter is not a category and what was said.",
            remedy: "Write it as marketing:opted_in."),
        CatalogueEntry(
            "words_invalid", 422, cause: "The list of words is too long, or holds something that is no short text.",
            remedy: "At most 100 words of 1 to 40 characters."),
        CatalogueEntry(
            "import_empty", 422, cause: "The import holds no contact.", remedy: "Send at least one."),
        CatalogueEntry(
            "import_too_large", 422, cause: "An import takes 10,000 contacts.", remedy: "Send several imports."),
        CatalogueEntry(
            "csv_malformed", 422, cause: "The body is not CSV in UTF-8.",
            remedy: "`detail` names the row; fields with quotes or line ends stand in quotes, quotes doubled."),
        CatalogueEntry(
            "column_unknown", 422, cause: "The first row of the CSV names a column that contacts do not have.",
            remedy: "`detail` lists the columns; your own begin with `attributes.`."),
        CatalogueEntry(
            "suppression_not_found", 404, cause: "Your list has no entry with this id.",
            remedy: "`GET /v1/suppressions` lists yours."),
        CatalogueEntry(
            "recipient_invalid", 422, cause: "`recipient` is neither a telephone number nor a user id of WhatsApp's.",
            remedy: "Write a number with its country code, as in +393401234567."),
        CatalogueEntry(
            "entries_invalid", 422, cause: "`entries` is a list of 1 to 1,000.", remedy: "Send several requests."),
        CatalogueEntry(
            "reason_unknown", 422, cause: "There is no such reason, or it is not yours to give.",
            remedy: "Use complaint, invalid_number, legal or manual."),
        CatalogueEntry(
            "until_in_past", 422, cause: "`until` has passed.", remedy: "Send a time in the future, or leave it out."),
        CatalogueEntry(
            "conversation_not_found", 404, cause: "You have no conversation with this id.",
            remedy: "`GET /v1/conversations` lists yours."),
        CatalogueEntry(
            "inbound_message_not_found", 404, cause: "No customer wrote you a message with this id.",
            remedy: "`GET /v1/inbound-messages` lists them."),
        CatalogueEntry(
            "assigned_to_invalid", 422, cause: "`assigned_to` has 1 to 255 characters.", remedy: "Shorten it."),
        CatalogueEntry("agent_invalid", 422, cause: "`agent` has 1 to 255 characters.", remedy: "Shorten it."),
        CatalogueEntry(
            "agent_kind_unknown", 422, cause: "There is no such kind of agent.", remedy: "Use human, ai or system."),
        CatalogueEntry(
            "interaction_type_invalid", 422, cause: "The type of an interaction is a word of a-z, 0-9 and _.",
            remedy: "Write it as note, reply or hand_over."),
        CatalogueEntry(
            "data_invalid", 422, cause: "`data` is no JSON object, or larger than 16,384 bytes.",
            remedy: "Keep the rest elsewhere."),
    ]
}
