import APIKit
import Models

/// What ingest-api says of itself. Each area writes its own part, `<Area>Description.swift` beside this file.
enum Descriptions {
    static let about = OpenAPIDocument.About(
        title: "Tidings",
        summary: "WhatsApp messages for your business: send, follow, automate.",
        description: """
            Every request carries an API key. Bodies are JSON in UTF-8; times are RFC 3339 with an offset; ids are UUIDs; \
            unknown fields and parameters are refused, not ignored. Lists answer `data` and `next_cursor`; give that back \
            as `cursor` for the next page. Errors are `application/problem+json` with a stable `code`.
            """,
        keys: "An API key of your business, `tdg_…`. Each has scopes; `x-scope` says which one a route needs."
    )

    static let parts: [DescriptionPart] = [
        DescriptionPart(
            "Messages",
            "Send messages, follow each of them, call back what has not left, send again what failed.",
            area: .messages,
            paths: MessagesDescription.paths,
            schemas: MessagesDescription.schemas
        ),
        DescriptionPart(
            "Messages", "", area: .messages,
            paths: RepeatingDescription.paths, schemas: RepeatingDescription.schemas),
        DescriptionPart(
            "Delivery",
            "What holds messages now, what limits you, and the account of everything that was accepted.",
            area: .messages,
            paths: DeliveryDescription.paths,
            schemas: DeliveryDescription.schemas
        ),
        DescriptionPart(
            "Templates",
            "Write templates, have WhatsApp approve them, see them used. Only approved ones are sent.",
            area: .templates,
            paths: TemplatesDescription.paths,
            schemas: TemplateBodiesDescription.schemas
        ),
        DescriptionPart(
            "Templates", "", area: .templates, paths: "{}", schemas: TemplateAnswersDescription.schemas),
        DescriptionPart(
            "Contacts",
            "People, what they agreed to, and who must not be written to. Asked before every message.",
            area: .contacts,
            paths: ContactsDescription.paths,
            schemas: ContactsDescription.schemas
        ),
        DescriptionPart(
            "Conversations",
            "What customers wrote, how long they may be answered freely, and what your agents did about it.",
            area: .contacts,
            paths: ConversationsDescription.paths,
            schemas: ConversationsDescription.schemas
        ),
        DescriptionPart(
            "Automation",
            "What happens in your business, the rules that make messages of it, and the messages planned.",
            area: .automation,
            paths: EventsDescription.paths,
            schemas: EventsDescription.schemas
        ),
        DescriptionPart(
            "Automation", "", area: .automation, paths: RulesDescription.paths, schemas: RulesDescription.schemas),
        DescriptionPart(
            "Broadcasts", "One message to many recipients.", area: .automation,
            paths: BroadcastsDescription.paths, schemas: BroadcastsDescription.schemas),
        //
        DescriptionPart(
            "Costs", "What messages cost, and what they would cost.", area: .costs,
            paths: CostsDescription.paths, schemas: CostsDescription.schemas),
        //
        DescriptionPart(
            "Callbacks",
            "Your own endpoints: told of what happens, signed, and again until they take it.",
            area: .callbacks,
            paths: CallbacksDescription.paths,
            schemas: CallbacksDescription.schemas
        ),
        DescriptionPart(
            "Settings", "What you set for your business.", area: .settings,
            paths: SettingsDescription.paths, schemas: SettingsDescription.schemas),
        DescriptionPart(
            "Senders", "The numbers you send from, at Meta or Twilio.", area: .settings,
            paths: SendersDescription.paths, schemas: SendersDescription.schemas),
        DescriptionPart(
            "Keys and people", "Who may do what.", area: .keys,
            paths: KeysDescription.paths, schemas: KeysDescription.schemas),
        //
        DescriptionPart(
            "Retention and erasure", "How long your data are kept, and people who want to be forgotten.", area: .settings,
            paths: RetentionDescription.paths, schemas: RetentionDescription.schemas),
        DescriptionPart(
            "Audit", "Who did what, for ever.", area: .audit, paths: AuditDescription.paths,
            schemas: AuditDescription.schemas),
        SharedComponents.part,
    ]

    static func document() throws -> OpenAPIDocument {
        try OpenAPIDocument(about, parts: parts)
    }
}
