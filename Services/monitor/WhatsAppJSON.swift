import HTTPServer
import JSON
import Models
import Storage

/// What `/api/whatsapp/…` answers.
enum WhatsAppJSON {
    static func stats(_ flow: CountedFlow) -> Response {
        answer { writer in
            writer.field("total", flow.accepted)
            writer.field("pending", flow.pending)
            writer.field("sent", flow.sent)
            writer.field("delivered", flow.delivered)
            writer.field("read", flow.read)
            writer.field("failed", flow.failed + flow.undelivered + flow.expired)
            writer.field("cancelled", flow.cancelled)
            writer.field("success_rate", flow.successRate)
            writer.field("delivery_rate", flow.deliveryRate)
        }
    }

    // MARK: Sending again

    static func repeated(_ id: MessageID, as child: TenantAPI.Answer) -> Response {
        answer(201) { writer in
            writer.field("dry_run", false)
            writer.field("found", 1)
            writer.field("retried", 1)
            writer.field("skipped", object: { _ in })
            writer.field("message_id", child["id"]?.string)
            writer.field("parent_message_id", id.description)
        }
    }

    /// - Parameter result: nil: it was only counted.
    static func repeated(_ plan: BulkRetry.Plan, _ result: BulkRetry.Result?) -> Response {
        answer { writer in
            writer.field("dry_run", result == nil)
            writer.field("found", plan.found)
            writer.field("is_capped", plan.isCapped)
            if let result {
                writer.field("retried", result.repeated)
            } else {
                writer.field("would_retry", plan.wouldRepeat)
            }
            let skipped = plan.skipped.merging(result?.skipped ?? [:], uniquingKeysWith: +)
            writer.field("skipped", object: { write(skipped, into: &$0) })
        }
    }

    private static func write(_ counts: [String: Int], into writer: inout JSONWriter) {
        for (reason, messages) in counts.sorted(by: { $0.key < $1.key }) {
            writer.key(reason)
            writer.integer(messages)
        }
    }

    // MARK: One message

    static func refreshed(_ answer: TenantAPI.Answer) -> Response {
        let check = answer["status_check"]
        return Self.answer(answer.status) { writer in
            writer.field("logId", answer["id"]?.string)
            writer.field("message_sid", answer["attempts"]?.elements?.last?["provider_message_id"]?.string)
            writer.field("status", answer["status"]?.string)
            writer.field("done", check?["done"]?.boolean ?? false)
            writer.field("result", check?["result"]?.string)
            writer.field("last_status_check", answer["last_status_check"]?.string)
        }
    }

    static func details(_ detail: LogDetail, _ costs: [CostStore.MessageCost]) -> Response {
        let last = detail.attempts.last { $0.providerMessageID != nil }
        let refused = detail.attempts.last { $0.errorCode != nil && $0.errorCode == detail.row.errorCode }
        return answer { writer in
            writer.field("message_sid", last?.providerMessageID)
            LogJSON.write(detail.row, isAcrossTenants: false, into: &writer)
            writer.field("customer_status", detail.row.state.customerView.rawValue)
            writer.field("error_message", refused?.errorDetails)
            writer.field("parent_message_id", detail.parent?.description)
            writer.field("retried_as", detail.child?.description)
            writer.field("last_status_check", detail.lastStatusCheck?.rfc3339)
            writePrice(costs, into: &writer)
            writer.field(
                "attempts", array: { list in for attempt in detail.attempts { list.object { write(attempt, into: &$0) } } })
            writer.field(
                "timeline", array: { list in for event in detail.timeline { list.object { write(event, into: &$0) } } })
        }
    }

    /// One price for all attempts, where they have one currency; each has one by itself in `/v1/messages/{id}/costs`.
    private static func writePrice(_ costs: [CostStore.MessageCost], into writer: inout JSONWriter) {
        let amounts = costs.compactMap(\.charge.amount)
        if !amounts.isEmpty, Set(costs.map(\.charge.currency)).count == 1 {
            writer.field("price", Amount(micros: amounts.reduce(0) { $0 + $1.micros }).decimal)
            writer.field("price_unit", costs[0].charge.currency)
        }
        let segments = costs.compactMap(\.charge.segments)
        if !segments.isEmpty { writer.field("num_segments", segments.reduce(0, +)) }
    }

    private static func write(_ attempt: RecordedAttempt, into writer: inout JSONWriter) {
        writer.field("number", attempt.number)
        writer.field("message_sid", attempt.providerMessageID)
        writer.field("outcome", attempt.outcome.name)
        writer.field("started_at", attempt.startedAt.rfc3339)
        writer.field("ended_at", attempt.endedAt?.rfc3339)
        writer.field("http_status", attempt.httpStatus)
        writer.field("error_code", attempt.errorCode)
        writer.field("error_message", attempt.errorDetails)
    }

    private static func write(_ event: RecordedEvent, into writer: inout JSONWriter) {
        writer.field("type", event.type)
        writer.field("at", event.at.rfc3339)
        writer.field("attempt", event.attempt)
        writer.field("error_code", event.errorCode)
    }

    private static func answer(_ status: Int = 200, _ write: (inout JSONWriter) -> Void) -> Response {
        var writer = JSONWriter(capacity: 2_048)
        writer.object(write)
        return LogJSON.noStore(.json(status, writer.bytes))
    }
}
