/// The sections about conduct: templates, incidents, people's wishes, and whether the figures can be believed.
extension ComplianceReport {
    static func templates(_ facts: ComplianceFacts) -> Section {
        var byStatus: [String: (templates: Int64, accepted: Int64)] = [:]
        for use in facts.templates where use.name != nil {
            byStatus[use.status, default: (0, 0)].templates += 1
            byStatus[use.status, default: (0, 0)].accepted += use.accepted
        }
        let used = facts.templates.filter { $0.accepted > 0 }.sorted { ($1.accepted, $0.name ?? "") < ($0.accepted, $1.name ?? "") }
        let total = used.reduce(0) { $0 + $1.accepted }
        return Section(
            id: "templates", title: "Templates",
            figures: [
                .share(
                    "approved_template_use", "Sent with templates that are approved", byStatus["APPROVED"]?.accepted ?? 0,
                    of: total, "Messages accepted in the period whose template is approved now ÷ all, those without a template included."),
                .share(
                    "without_template", "Sent without a template", used.filter { $0.name == nil }.reduce(0) { $0 + $1.accepted },
                    of: total, "Free text and media, which WhatsApp allows for 24 hours after the customer wrote."),
            ],
            tables: [
                Table(
                    id: "templates_by_status", title: "Templates by approval state",
                    definition: "As the provider has them now; every template of the business, used or not.",
                    columns: ["State", "Templates", "Messages accepted with them"],
                    rows: byStatus.sorted { $0.key < $1.key }.map {
                        [$0.key, ReportWords.count($0.value.templates), ReportWords.count($0.value.accepted)]
                    }),
                Table(
                    id: "template_changes", title: "Changes of approval state in the period",
                    definition: "How often a template came to this state.", columns: ["State", "Times"],
                    rows: facts.templateChanges.map { [$0.status, ReportWords.count($0.changes)] }),
                Table(
                    id: "template_use", title: "Use of templates", definition: "Messages accepted in the period.",
                    columns: ["Template", "Language", "Category", "State", "Quality", "Messages"],
                    rows: used.prefix(rowsMax).map {
                        [
                            $0.name ?? "no template", $0.language, $0.category, $0.status, $0.quality ?? "–",
                            ReportWords.count($0.accepted),
                        ]
                    }),
            ])
    }

    static func incidents(_ facts: ComplianceFacts) -> Section {
        Section(
            id: "incidents", title: "Incidents",
            figures: [
                .count("incidents", "Alerts opened", facts.incidentsCount, "Alerts that were opened in the period."),
                .count(
                    "incidents_open", "Not resolved", facts.incidentsOpen,
                    "Of these, those that were not over when the report was made."),
            ],
            tables: [
                Table(
                    id: "incident_list", title: "Alerts",
                    definition: "The gravest first, at most \(rowsMax). The duration is from opened to resolved.",
                    columns: ["Severity", "What", "Opened", "Duration", "Acknowledged by"],
                    rows: facts.incidents.map { incident in
                        [
                            incident.severity, incident.title, ReportWords.moment(incident.openedAt),
                            incident.resolvedAt.map {
                                ReportWords.span(Double(($0 - incident.openedAt).microseconds) / 1_000_000)
                            } ?? "not resolved",
                            incident.acknowledgedBy ?? "nobody",
                        ]
                    })
            ])
    }

    static func people(_ facts: ComplianceFacts) -> Section {
        func entries(_ status: String, _ source: String? = nil) -> Int64 {
            facts.consents.reduce(0) { sum, entry in
                sum + (entry.status == status && (source ?? entry.source) == entry.source ? entry.entries : 0)
            }
        }
        return Section(
            id: "opt_outs", title: "Opt-outs and consent",
            figures: [
                .count(
                    "stops", "Opt-outs by a word such as STOP", entries("opted_out", "keyword"),
                    "Categories of messages that people ended by writing to the business; one word may end several."),
                .count("opt_outs", "Opt-outs", entries("opted_out"), "Entries of the consent ledger, from whatever source."),
                .count("opt_ins", "Opt-ins", entries("opted_in"), "Entries of the consent ledger, from whatever source."),
                Figure(
                    id: "opt_out_time", title: "Until an opt-out held, 95 of 100", value: nil, unit: .seconds,
                    text: ReportWords.within(facts.optOutTimes.share(0.95)),
                    definition: "From what the person said to the suppression, which is written together with the opt-out."),
                .count(
                    "sent_after_opt_out", "Sent after an opt-out", facts.sentAfterOptOut,
                    "Messages of the ended category whose sending began after the opt-out was on record and before a new opt-in. Must be 0. Looked at: \(ReportWords.count(facts.optOutsChecked)) opt-outs."),
                .count(
                    "erasures_requested", "Requests to be forgotten", facts.erasuresRequested, "Made in the period."),
                .count("erasures_done", "Requests fulfilled", facts.erasuresDone, "Of those that were made in the period."),
            ],
            tables: [
                Table(
                    id: "consent_entries", title: "Consent ledger",
                    definition: "Entries of the period, by what was said and where it came from.",
                    columns: ["What", "Source", "Entries"],
                    rows: facts.consents.map {
                        [$0.status == "opted_in" ? "opt-in" : "opt-out", $0.source, ReportWords.count($0.entries)]
                    })
            ])
    }

    static func correctness(_ facts: ComplianceFacts) -> Section {
        Section(
            id: "correctness", title: "Correctness",
            figures: [
                .count(
                    "duplicates", "Confirmed duplicates", facts.duplicates,
                    "Messages whose recipient has them twice, proven by two acceptances, found in the period."),
                .count(
                    "unanswered_proven", "Unanswered sends proven delivered to WhatsApp", facts.unansweredProven,
                    "Sends without an answer for which a receipt vouched later."),
                .count(
                    "unanswered_resent", "Unanswered sends repeated by policy", facts.unansweredResent,
                    "Sent again because the business prefers a duplicate to a loss."),
                .count(
                    "unanswered_ended", "Unanswered sends given up", facts.unansweredEnded,
                    "Ended without delivery, by policy or by a receipt."),
                .share(
                    "ledgers_balanced", "Ledgers that balance", facts.ledgersBalanced, of: facts.ledgersChecked,
                    "Businesses whose accepted messages are the sum over all states, in the figures and in the rows, when last checked"
                        + (facts.ledgerCheckedAt.map { " (not longer ago than \(ReportWords.moment($0)))." } ?? ".")),
            ])
    }

    static func costs(_ facts: ComplianceFacts) -> Section {
        Section(
            id: "costs", title: "Costs",
            figures: facts.costs.map { cost in
                Figure(
                    id: "cost_\(cost.currency.lowercased())", title: "WhatsApp's price in \(cost.currency)",
                    value: Double(cost.amount.micros) / 1_000_000, unit: .money,
                    text: ReportWords.money(cost.amount, cost.currency),
                    definition:
                        "For \(ReportWords.count(cost.billable)) billable of \(ReportWords.count(cost.messages)) messages charged in the period"
                        + (cost.withoutPrice > 0
                            ? "; \(ReportWords.count(cost.withoutPrice)) of them have no price yet." : "."))
            })
    }
}
