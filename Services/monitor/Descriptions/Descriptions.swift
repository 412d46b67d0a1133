import APIKit
import Models

/// What monitor says of itself to programs; its pages are not described. Each area writes its own part.
enum Descriptions {
    static let about = OpenAPIDocument.About(
        title: "Tidings: figures and administration",
        summary: "Statistics of a business for its own programs, and the administration of all businesses for the platform's.",
        description: """
            Figures are asked for with an API key of the business, or with the session of a page. Administration is for the \
            platform's own people: with their session, or with an admin key, `tda_…`. Errors are \
            `application/problem+json` with a stable `code`.
            """,
        keys: "An API key of a business, `tdg_…`; for the administration an admin key, `tda_…`."
    )

    static let parts: [DescriptionPart] = [
        DescriptionPart(
            "Figures",
            "Counts and rates, and the message log as the pages show it.",
            area: .messages,
            paths: FiguresDescription.paths,
            schemas: FiguresDescription.schemas
        ),
        DescriptionPart(
            "Short paths",
            "A message, a retry, a status: what programs of other systems expect under `/api/whatsapp`.",
            area: .messages,
            paths: WhatsAppDescription.paths,
            schemas: WhatsAppDescription.schemas
        ),
        DescriptionPart(
            "Clocks", "For schedulers outside.", area: nil, paths: WhatsAppDescription.clockPaths,
            schemas: WhatsAppDescription.clockSchemas),
        DescriptionPart(
            "Reports", "Compliance reports: any period, and those that are kept of each month.", area: .messages,
            paths: ReportsDescription.paths, schemas: ReportsDescription.schemas),
        DescriptionPart(
            "Proofs", "What happened to a message, for whoever trusts a public key alone.", area: .messages,
            paths: ProofsDescription.paths, schemas: ProofsDescription.schemas),
        DescriptionPart(
            "Quality",
            "How the business does against what it wants, now and over time.",
            area: .messages,
            paths: QualityDescription.paths,
            schemas: QualityDescription.schemas
        ),
        DescriptionPart(
            "Monitoring",
            "What answers, and monitoring itself.",
            area: nil,
            paths: MonitoringDescription.paths,
            schemas: MonitoringDescription.schemas
        ),
        DescriptionPart(
            "Exports", "Lists as files for spreadsheets.", area: .messages, paths: ExportsDescription.paths,
            schemas: ExportsDescription.schemas),
        DescriptionPart(
            "All businesses",
            "What the founders' pages show.",
            area: nil,
            paths: FoundersDescription.paths,
            schemas: FoundersDescription.schemas
        ),
        DescriptionPart(
            "Businesses",
            "Taking businesses on, suspending, resuming and deleting them. Every change is on record.",
            area: nil,
            paths: TenantsDescription.paths,
            schemas: TenantsDescription.schemas
        ),
        DescriptionPart(
            "Plans",
            "What a business may have at most. Whoever would add more is answered `plan_limit_reached`.",
            area: nil,
            paths: PlansDescription.paths,
            schemas: PlansDescription.schemas
        ),
        DescriptionPart(
            "Keys, people and the record",
            "Keys and people of any business, keys of founders' programs, and who did what.",
            area: nil,
            paths: AccessDescription.paths,
            schemas: AccessDescription.schemas
        ),
        DescriptionPart(
            "Price lists", "What WhatsApp's messages cost, as Meta publishes it.", area: nil,
            paths: RateCardsDescription.paths, schemas: RateCardsDescription.schemas),
        DescriptionPart(
            "Alerts", "What needs somebody: seen, acknowledged, silenced, resolved.", area: .messages,
            paths: AlertsDescription.paths, schemas: AlertsDescription.schemas),
        DescriptionPart(
            "Alert rules", "When a measured figure raises an alert, and when the alert is over.", area: .settings,
            paths: AlertRulesDescription.paths, schemas: AlertRulesDescription.schemas),
        DescriptionPart(
            "Alerts of all businesses", "The same for founders' programs; every look is on record.", area: nil,
            paths: AlertsDescription.founderPaths),
        DescriptionPart(
            "The platform's alert rules", "They hold for every business that has none of its own.", area: nil,
            paths: AlertRulesDescription.founderPaths),
        DescriptionPart(
            "Who is told of alerts", "A business's own addresses and Slack channels.", area: .settings,
            paths: DestinationsDescription.paths, schemas: DestinationsDescription.schemas),
        DescriptionPart(
            "Who is told of all alerts", "The platform's addresses, beside those of its settings.", area: nil,
            paths: DestinationsDescription.founderPaths, schemas: "{}"),
        SharedComponents.part,
    ]

    static func document() throws -> OpenAPIDocument {
        try OpenAPIDocument(about, parts: parts)
    }
}
