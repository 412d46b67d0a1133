/// From numbers to sections. Every figure says what it means.
extension ComplianceReport {
    package static let everybody = "All businesses"
    /// Incidents and templates that a report lists one by one.
    package static let rowsMax = 100

    /// - Parameter business: nil: all of them.
    package static func make(
        _ facts: ComplianceFacts, business: String?, period: ReportPeriod, at now: Timestamp
    ) -> ComplianceReport {
        ComplianceReport(
            business: business ?? everybody, period: period, madeAt: now, countedAt: facts.countedAt,
            sections: [
                delivery(facts), failures(facts), retries(facts), times(facts), quality(facts), templates(facts),
                incidents(facts), people(facts), correctness(facts), costs(facts),
            ])
    }

    private static func delivery(_ facts: ComplianceFacts) -> Section {
        // Whatever may still arrive says nothing yet.
        let judged = facts.sent - facts.inTime
        return Section(
            id: "delivery", title: "Delivery",
            figures: [
                .count(
                    "accepted", "Accepted", facts.accepted,
                    "Messages that were taken on in the period. All figures of this section and the next three are about these, wherever they are now."),
                .count("sent", "Sent", facts.sent, "Of these, taken by WhatsApp at least once."),
                .count("delivered", "Delivered", facts.delivered, "Delivered or read: who read it has got it."),
                .count("read", "Read", facts.messages(in: .read), "Read, where the recipient lets that be known."),
                .count("failed", "Failed", facts.messages(in: .failed), "Refused by WhatsApp, or given up after the last retry."),
                .count(
                    "undelivered", "Undelivered", facts.messages(in: .undelivered),
                    "Taken by WhatsApp and then reported as not deliverable."),
                .count(
                    "expired", "Expired", facts.messages(in: .expired),
                    "Not sent before the time after which they were not worth sending."),
                .count("cancelled", "Cancelled", facts.messages(in: .cancelled), "Called off, or forbidden, before they were sent."),
                .count("pending", "Still to be sent", facts.pending, "Planned, waiting, held, or on their way to WhatsApp."),
                .count(
                    "inside_time_to_live", "Sent, may still be delivered", facts.inTime,
                    "Sent, without news of their delivery, and their time to live is not over. No rate counts them."),
                .share(
                    "delivery_rate", "Delivery rate", facts.delivered, of: judged,
                    "Delivered or read ÷ sent, without those that may still be delivered."),
                .share(
                    "read_rate", "Read rate", facts.messages(in: .read), of: facts.delivered, "Read ÷ delivered or read."),
            ])
    }

    private static func failures(_ facts: ComplianceFacts) -> Section {
        let ended = facts.accepted - facts.pending - facts.inTime
        let reasons = facts.outcomes
            .filter { [.failed, .undelivered, .expired].contains($0.state) }
            .sorted { ($1.messages, $0.code ?? .max) < ($0.messages, $1.code ?? .max) }
        return Section(
            id: "failures", title: "Failures",
            figures: [
                .share(
                    "failure_rate", "Failure rate", facts.endedBadly, of: ended,
                    "Failed, undelivered or expired ÷ accepted, without those that are still to be sent or may still be delivered.")
            ],
            tables: [
                Table(
                    id: "failures_by_code", title: "Why messages ended without delivery",
                    definition: "By the code of the provider, or of ours where no provider was asked.",
                    columns: ["Code", "What it means", "Ended as", "Messages", "Share of failures"],
                    rows: reasons.prefix(rowsMax).map { reason in
                        [
                            reason.code.map { "\($0)" } ?? "–",
                            reason.code.map { ProviderErrors.describe(code: $0).title } ?? "No reason was given",
                            reason.state.name, ReportWords.count(reason.messages),
                            ReportWords.share(reason.messages, of: facts.endedBadly),
                        ]
                    })
            ])
    }

    private static func retries(_ facts: ComplianceFacts) -> Section {
        Section(
            id: "retries", title: "Retries",
            figures: [
                .count("retried", "Messages repeated", facts.retried, "Sent again by us at least once after a first attempt."),
                .count("retries", "Retries", facts.retries, "Attempts after the first, of all messages together."),
                .share(
                    "retry_success_rate", "Retry success rate", facts.retriedWell, of: facts.retriedWell + facts.retriedBadly,
                    "Repeated messages that were sent, delivered or read ÷ repeated messages that came to an end."),
            ])
    }

    private static func times(_ facts: ComplianceFacts) -> Section {
        Section(
            id: "response_times", title: "Response times",
            figures: times(
                "provider_answer", "WhatsApp's answer", facts.answerTimes,
                "From our request to WhatsApp's answer, of all attempts that were answered.")
                + times(
                    "delivery_time", "Delivery", facts.deliveryTimes,
                    "From sent to delivered, of all messages whose delivery was reported.")
                + [
                    .measured(
                        "webhook_median", "Our answer to WhatsApp's webhooks, median", facts.measured[.webhookMedian]?.mean,
                        "The mean of the medians of all measurements. Meta asks for at most 250 ms."),
                    .measured(
                        "webhook_slowest", "Our slowest answer to a webhook", facts.measured[.webhookMax]?.most,
                        "The slowest that was measured. The hard limit is 20 s."),
                    .measured(
                        "queue_time", "Queue time, median", facts.measured[.queueTimeMedian]?.mean,
                        "From due to the first byte of the request to WhatsApp: the mean of the medians of all measurements."),
                ])
    }

    private static func times(_ id: String, _ title: String, _ times: TimeBounds, _ definition: String) -> [Figure] {
        [(0.5, "median", "Half of them"), (0.95, "p95", "95 of 100")].map { share, name, words in
            let within = times.share(share)
            let seconds: Double? = if case .within(let bound) = within { bound } else { nil }
            return Figure(
                id: "\(id)_\(name)", title: "\(title), \(words.lowercased())", value: seconds, unit: .seconds,
                text: ReportWords.within(within),
                definition: "\(definition) Counted in groups: \(words.lowercased()) took at most this long.")
        }
    }

    /// The composite score comes from monitoring, which says how it is made.
    private static func quality(_ facts: ComplianceFacts) -> Section {
        let score = facts.measured[.qualityScore]
        func percent(_ value: Double?) -> String {
            value.map { "\(Int64(($0 * 100).rounded(.down))) %" } ?? "not measured"
        }
        return Section(
            id: "quality", title: "Quality",
            figures: [
                Figure(
                    id: "quality_score", title: "Composite quality score", value: score?.mean, unit: .share,
                    text: percent(score?.mean),
                    definition: "The mean of all measurements in the period, each weighted by the messages behind it."),
                Figure(
                    id: "quality_score_least", title: "Lowest quality score", value: score?.least, unit: .share,
                    text: percent(score?.least), definition: "The lowest single measurement in the period."),
            ])
    }
}

extension ComplianceReport.Figure {
    static func count(_ id: String, _ title: String, _ value: Int64, _ definition: String) -> Self {
        Self(
            id: id, title: title, value: Double(value), unit: .count, text: ReportWords.count(value), definition: definition)
    }

    static func share(_ id: String, _ title: String, _ part: Int64, of whole: Int64, _ definition: String) -> Self {
        Self(
            id: id, title: title, value: whole > 0 ? Double(max(0, min(part, whole))) / Double(whole) : nil, unit: .share,
            text: ReportWords.share(part, of: whole), definition: definition)
    }

    static func measured(_ id: String, _ title: String, _ seconds: Double?, _ definition: String) -> Self {
        Self(
            id: id, title: title, value: seconds, unit: .seconds,
            text: seconds.map(ReportWords.span) ?? "not measured", definition: definition)
    }
}
