extension Catalogue {
    static let automationErrors: [CatalogueEntry] = [
        CatalogueEntry(
            "no_rule", cause: "No rule that is switched on is for events of this type: the event is recorded and nothing is planned.",
            remedy: "Compare `type` with the `event_type` of your rules (GET /v1/rules), or take ready ones with POST /v1/rules/examples."),
        CatalogueEntry(
            "subject_missing",
            cause: "A rule of this type replaces or calls off what earlier events planned, and this event has no `subject`.",
            remedy: "Give events of one thing the same `subject`: `booking 17`."),
        CatalogueEntry(
            "recipients_twice", 422, cause: "The recipients are given in two ways at once.",
            remedy: "Give `recipient`, or `recipients`, or for tasks `event_id`: one of them."),
        CatalogueEntry(
            "event_recipients_too_many", 422, cause: "One event has more than 1,000 recipients.",
            remedy: "Send several events, or a broadcast."),
        CatalogueEntry(
            "recipient_missing", cause: "The event names no number for this recipient, so nothing was sent. It is no error of the request.",
            remedy: "Put the number into `recipient.to`, or name a contact that has one.",
            alsoKnownAs: ["Missing phone number", "No phone number"]),
        CatalogueEntry(
            "scheduled_for_too_early", 422, cause: "A task was to be moved to a time that has passed.",
            remedy: "POST /v1/tasks/{id}/run sends it now."),
        CatalogueEntry(
            "time_missing", cause: "The event says nothing where the rule looks for its time (`timing.relative_to`).",
            remedy: "Put the time there, or correct the path; POST /v1/events/preview shows what a rule finds."),
        CatalogueEntry(
            "time_unreadable", cause: "What the event has where the rule looks for its time is no date or time.",
            remedy: "Write 2027-03-14T18:30:00Z, 2027-03-14T18:30 (in your time zone) or 2027-03-14."),
        CatalogueEntry(
            "too_late", cause: "The task's time, and what its rule allows after it, had passed.",
            remedy: "Raise `expires_after_seconds` of the rule, or send it all the same with POST /v1/tasks/{id}/run."),
        CatalogueEntry(
            "too_far", cause: "The task's time lies more than 800 days ahead.", remedy: "Tell of the event later."),
        CatalogueEntry(
            "variable_unreadable", cause: "A value of the event cannot be shown in the format that the rule asks for.",
            remedy: "Correct the value or the variable's `format`, then POST /v1/tasks/{id}/run."),
        CatalogueEntry(
            "already_planned", cause: "An earlier event of the same subject planned this message already, and the rule ignores further ones.",
            remedy: "Nothing to do; with `on_repeat: add` each event has messages of its own."),
        CatalogueEntry(
            "rule_disabled", cause: "The rule was switched off when the task's time came.",
            remedy: "Switch it on and run the task with POST /v1/tasks/{id}/run."),
        CatalogueEntry(
            "rule_deleted", cause: "The task's rule was deleted, and its tasks were cancelled with it.",
            remedy: "Plan it without a rule: POST /v1/tasks."),
        CatalogueEntry(
            "cancelled_by_event", cause: "An event named in the rule's `cancelled_by` called the task off.",
            remedy: "Nothing to do."),
        CatalogueEntry("cancelled_by_request", cause: "Somebody cancelled the task.", remedy: "Nothing to do: the audit log says who."),
        CatalogueEntry(
            "timing_contradictory", 422, cause: "A timing has `at` and hours, minutes or seconds.",
            remedy: "`at` says the time of day: leave the others out, or leave it out."),
        CatalogueEntry(
            "timing_too_far", 422, cause: "Hours, minutes and seconds of a timing add up to more than 730 days.",
            remedy: "Use smaller ones."),
        CatalogueEntry(
            "recipient_filter_too_large", 422, cause: "A filter has more than 20 conditions.",
            remedy: "Make several rules of it."),
        CatalogueEntry(
            "data_too_large", 422, cause: "`data` of an event has more than 64 KiB, or that of a recipient more than 8 KiB.",
            remedy: "Send only what messages or conditions need."),
        CatalogueEntry(
            "rule_name_taken", 409, cause: "You have a rule of this name already.", remedy: "Change that one, or choose another name."),
        CatalogueEntry(
            "rules_too_many", 409, cause: "You have 500 rules.", remedy: "Delete one that you do not need."),
        CatalogueEntry(
            "rules_of_event_too_many", 409, cause: "A type of events has 20 rules.", remedy: "Delete one that you do not need."),
        CatalogueEntry(
            "task_<status>", 409, cause: "In this status a task cannot be cancelled, moved or run: its message was made, is being made, or it has ended.",
            remedy: "`detail` says what is possible now; `task_status` names the status."),
    ]
}
