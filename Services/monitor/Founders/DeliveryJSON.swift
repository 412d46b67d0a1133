import HTTPServer
import JSON
import Models
import Storage

/// The delivery page's data for programs.
enum DeliveryJSON {
    static func response(_ picture: DeliveryPicture) -> Response {
        var writer = JSONWriter(capacity: 16_384)
        writer.object { writer in
            list("gates", picture.gates, into: &writer, write)
            list("limit_hits_today", picture.limits, into: &writer, write)
            list("unanswered", picture.unanswered, into: &writer, write)
            list("duplicates", picture.duplicates, into: &writer, write)
            list("ledgers", picture.ledgers, into: &writer, write)
            list("ended", DeliverySections.reasons(picture.ledgers), into: &writer, write)
        }
        return LogJSON.noStore(.json(200, writer.bytes))
    }

    private static func list<Item>(
        _ name: StaticString,
        _ items: [Item],
        into writer: inout JSONWriter,
        _ write: (Item, inout JSONWriter) -> Void
    ) {
        writer.field(
            name,
            array: { list in
                for item in items { list.object { write(item, &$0) } }
            }
        )
    }

    private static func write(_ shown: ShownGate, into writer: inout JSONWriter) {
        let words = shown.gate.cause.words
        writer.field("id", shown.gate.id.description)
        writer.field("scope", shown.gate.scope.rawValue)
        writer.field("subject", shown.gate.subject)
        writer.field("subject_name", shown.subjectName)
        writer.field("tenant_id", shown.gate.tenantID?.description)
        writer.field("business", shown.business)
        writer.field("cause", shown.gate.cause.rawValue)
        writer.field("error_code", shown.gate.errorCode)
        writer.field("explanation", words.explanation)
        writer.field("remedy", words.remedy)
        writer.field("who", words.who.rawValue)
        writer.field("held", shown.held)
        writer.field("closed_at", shown.gate.closedAt.rfc3339)
        writer.field("closed_by", shown.closedBy)
        writer.field("note", shown.note)
        writer.field("opens_at", shown.gate.opensAt?.rfc3339)
        writer.field("next_try_at", shown.probeAt?.rfc3339)
    }

    private static func write(_ hits: LimitFigures, into writer: inout JSONWriter) {
        writer.field("tenant_id", hits.tenantID.description)
        writer.field("business", hits.business)
        writer.field("limit", hits.limit)
        writer.field("hits", hits.hits)
        writer.field("by_provider", hits.byProvider)
        writer.field("last_at", hits.lastAt.rfc3339)
    }

    private static func write(_ figures: UnansweredFigures, into writer: inout JSONWriter) {
        writer.field("tenant_id", figures.tenantID.description)
        writer.field("business", figures.business)
        writer.field("open", figures.open)
        writer.field("proven", figures.proven)
        writer.field("resent", figures.resent)
        writer.field("ended", figures.ended)
    }

    private static func write(_ duplicate: ShownDuplicate, into writer: inout JSONWriter) {
        writer.field("tenant_id", duplicate.tenantID.description)
        writer.field("business", duplicate.business)
        writer.field("message_id", duplicate.messageID.description)
        writer.field("found_at", duplicate.foundAt.rfc3339)
    }

    private static func write(_ ledger: ShownLedger, into writer: inout JSONWriter) {
        writer.field("tenant_id", ledger.tenantID.description)
        writer.field("business", ledger.business)
        writer.field("checked_at", ledger.checkedAt?.rfc3339)
        writer.field("messages", ledger.messages)
        writer.field("balanced", ledger.checkedAt == nil ? nil : ledger.differences.isEmpty)
        list("differences", ledger.differences, into: &writer) { difference, writer in
            writer.field("figure", difference.figure)
            writer.field("counted", difference.counted)
            writer.field("rows", difference.rows)
        }
    }

    private static func write(_ reason: DeliverySections.Reason, into writer: inout JSONWriter) {
        writer.field("status", reason.state.name)
        writer.field("error_code", reason.code)
        writer.field("error_title", reason.code.map { ProviderErrors.describe(code: $0).title })
        writer.field("messages", reason.messages)
        writer.field("businesses", reason.businesses)
    }
}
