extension Catalogue {
    static let messageErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "to_invalid", 422, cause: "`to` is no possible telephone number.",
            remedy: "Check the format: write it with its country code, as in +393401234567.",
            alsoKnownAs: ["Invalid phone number"]),
        CatalogueEntry(
            "to_doubtful", cause: "A warning: the number is possible, but no known range of its country holds it.",
            remedy: "Look at the number; the message is sent all the same."),
        CatalogueEntry(
            "sender_missing", 422, cause: "You have no default sender, and the message names none.",
            remedy: "Name one of your senders in `sender_id`, or make one the default. Without any sender there is no provider to send by: `POST /v1/senders` adds one.",
            alsoKnownAs: ["Twilio client not configured", "WhatsApp service not available"]),
        CatalogueEntry(
            "sender_not_found", 404, 422, cause: "You have no sender with this id.",
            remedy: "`GET /v1/senders` lists yours."),
        CatalogueEntry(
            "sender_disabled", 422, cause: "The sender is disabled.", remedy: "Use another one, or switch it on again."),
        CatalogueEntry(
            "type_unknown", 422, cause: "`type` is no kind of message.",
            remedy: "Use template, text, image, document, audio or video."),
        CatalogueEntry(
            "content_mismatch", 422, cause: "The message has a part that its `type` does not name.",
            remedy: "Leave that part out, or change `type`."),
        CatalogueEntry(
            "kind_invalid", 422, cause: "`kind` is no plain word.",
            remedy: "Use 1 to 50 of a-z, 0-9 and _, beginning with a letter: `confirmation`."),
        CatalogueEntry("reference_invalid", 422, cause: "`reference` is empty or too long.", remedy: "Use 1 to 255 characters."),
        CatalogueEntry(
            "metadata_too_large", 422, cause: "`metadata` has more than 4,096 bytes.",
            remedy: "Keep ids there and the rest with you."),
        CatalogueEntry(
            "scheduled_for_too_late", 422, cause: "`scheduled_for` lies more than 90 days ahead.",
            remedy: "Schedule it later, or make a task of a rule."),
        CatalogueEntry(
            "expires_at_too_early", 422, cause: "`expires_at` lies in the past or before `scheduled_for`.",
            remedy: "Give the message time to be sent, or leave the field out."),
        CatalogueEntry(
            "expires_at_too_late", 422, cause: "`expires_at` lies more than 30 days after the message is to go out.",
            remedy: "Choose an earlier time, or leave the field out."),
        CatalogueEntry("text_empty", 422, cause: "The text is blank.", remedy: "Write something."),
        CatalogueEntry("text_too_long", 422, cause: "The text has more than 4,096 characters.", remedy: "Shorten it, or send two messages."),
        CatalogueEntry("caption_too_long", 422, cause: "The caption has more than 1,024 characters.", remedy: "Shorten it."),
        CatalogueEntry("caption_not_allowed", 422, cause: "Messages of this type have no caption.", remedy: "Leave `caption` out."),
        CatalogueEntry("filename_too_long", 422, cause: "The file name is too long.", remedy: "Shorten it: `detail` says to what."),
        CatalogueEntry("filename_not_allowed", 422, cause: "Only documents have a file name.", remedy: "Leave `filename` out."),
        CatalogueEntry(
            "link_invalid", 422, cause: "`link` is no address that WhatsApp can fetch.",
            remedy: "Use https:// or http://, without blanks."),
        CatalogueEntry("media_id_invalid", 422, cause: "`id` of the file is empty.", remedy: "Use the id that the upload gave."),
        CatalogueEntry(
            "media_source_invalid", 422, cause: "A file has neither `link` nor `id`, or both.", remedy: "Give one of them."),
        CatalogueEntry("batch_empty", 422, cause: "The list has no entry.", remedy: "Send 1 to 1,000."),
        CatalogueEntry("batch_too_large", 422, cause: "The list has more than 1,000 entries.", remedy: "Send several batches, or a broadcast."),
        CatalogueEntry(
            "batch_refused", 422, cause: "None of the messages of the batch can be accepted.",
            remedy: "`data` says of each what is wrong with it."),
        CatalogueEntry("message_not_found", 404, cause: "You have no message with this id.", remedy: "`GET /v1/messages` lists yours."),
        CatalogueEntry("batch_not_found", 404, cause: "You have no batch with this id.", remedy: "Use the `batch_id` of the answer to the batch."),
        CatalogueEntry(
            "message_in_flight", 409, cause: "WhatsApp may hold the message already, so it can neither be called back nor be called sent.",
            remedy: "Look again in a minute: `message_status` will have moved."),
        CatalogueEntry("message_sent", 409, cause: "WhatsApp has taken the message.", remedy: "It can no longer be called back."),
        CatalogueEntry("message_ended", 409, cause: "The message has ended.", remedy: "There is nothing left to cancel: see `message_status`."),
        CatalogueEntry(
            "not_failed", 409, cause: "Only failed, undelivered and expired messages are sent again.",
            remedy: "Look at its status; send a new message if one is wanted."),
        CatalogueEntry(
            "already_retried", 409, cause: "The message was sent again before.",
            remedy: "See what became of `retried_as`; that one may be sent again."),
        CatalogueEntry(
            "may_have_arrived", 409, cause: "A send of the message was never answered, so the recipient may have it.",
            remedy: "Send `{\"force\": true}` to send it again all the same."),
        CatalogueEntry("plan_not_found", 404, cause: "You have no plan with this id.", remedy: "Count again with `dry_run`."),
        CatalogueEntry("plan_expired", 409, cause: "A plan is executed within 15 minutes of its dry run.", remedy: "Count again with `dry_run`."),
        CatalogueEntry(
            "dry_run_missing", 422, cause: "Messages are sent again by filter only after they were counted.",
            remedy: "Send the filter with `\"dry_run\": true`, then the `plan_id` it gives."),
        CatalogueEntry(
            "dry_run_of_one", 422, cause: "`dryRun` came with `logId`: one message needs no counting.",
            remedy: "Leave one of them out."),
        CatalogueEntry(
            "status_not_repeatable", 422, cause: "Only what ended without delivery is sent again.",
            remedy: "Filter by failed, undelivered or expired."),
        CatalogueEntry(
            "status_not_refreshable", 422, cause: "Only what the provider has can be asked for.",
            remedy: "Filter by sent, delivered or unanswered."),
        CatalogueEntry(
            "status_not_dead", 422, cause: "This list holds what ended without delivery.",
            remedy: "Filter by failed, undelivered or expired."),
        CatalogueEntry(
            "status_refresh_not_offered", 409, cause: "WhatsApp's Cloud API offers no way to ask for a message's status.",
            remedy: "Wait for its receipt, which is applied as it comes."),
        CatalogueEntry(
            "not_sent_yet", 409, cause: "The provider has not taken the message, so it knows nothing of it.",
            remedy: "`GET /v1/messages/{id}/explain` says what holds it."),
        CatalogueEntry(
            "scope_unknown", 422, cause: "`scope` is none of tenant, sender, template and batch.", remedy: "Use one of them."),
        CatalogueEntry("note_too_long", 422, cause: "`note` has more than 500 characters.", remedy: "Shorten it."),
        CatalogueEntry("to_too_early", 422, cause: "`to` does not lie after `from`.", remedy: "Exchange them, or leave one out."),
        CatalogueEntry("tenant_not_found", 404, cause: "There is no business with this id.", remedy: "Look at the id."),
    ]
}
