import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage

/// The lists and figures as JSON.
enum LogJSON {
    /// A database that is away is not the caller's fault, and will be back.
    static func handler(
        _ body: @escaping @Sendable (Request) async throws -> Response
    ) -> @Sendable (Request) async throws -> Response {
        { request in
            do {
                return try await body(request)
            } catch let error as DatabaseError {
                Log.error("a request failed", ["route": request.route, "reason": error.logText])
                throw Problem.storageUnavailable
            }
        }
    }

    /// - Parameter number: of the page, where it was asked for by number.
    static func page(_ page: LogPage, order: LogOrder = .newestFirst, number: Int? = nil, isAcrossTenants: Bool) -> Response {
        var writer = JSONWriter(capacity: 32_768)
        writer.object { writer in
            writer.field(
                "data",
                array: { list in
                    for row in page.rows {
                        list.object { write(row, isAcrossTenants: isAcrossTenants, into: &$0) }
                    }
                }
            )
            let next = order == .newestFirst ? page.olderThan : page.newerThan
            writer.key("next_cursor")
            if let next { writer.string(next.description) } else { writer.null() }
            if let number {
                writer.field("page", number)
                writer.field("has_more", next != nil)
            }
        }
        return noStore(.json(200, writer.bytes))
    }

    static func write(_ row: LogRow, isAcrossTenants: Bool, into writer: inout JSONWriter) {
        writer.field("id", row.id.description)
        if isAcrossTenants {
            writer.field("tenant_id", row.tenantID.description)
            writer.field("business", row.business)
        }
        writer.field("to", isAcrossTenants ? maskedPhone(row.recipient) : row.recipient)
        writer.field("type", row.type)
        writer.field("kind", row.kind)
        writer.field("template", row.template)
        writer.field("reference", isAcrossTenants ? nil : row.reference)
        writer.field("status", row.state.name)
        writer.field("critical", row.isCritical)
        writer.field("retry_count", row.retries)
        writer.field("max_retries", row.retriesMax)
        writer.field("error_code", row.errorCode)
        if let code = row.errorCode {
            let error = ProviderErrors.describe(code: code)
            writer.field("error_title", error.title)
            writer.field("error_explanation", error.explanation)
            writer.field("error_remedy", error.remedy)
            writer.field("error_who", error.who.rawValue)
        }
        if let gate = row.gate {
            writer.field("held_by", object: { write(gate, into: &$0) })
        }
        if row.state.awaitsUs { writer.field("next_look_at", row.dueAt?.rfc3339) }
        writer.field("created_at", row.createdAt.rfc3339)
        writer.field("changed_at", row.changedAt.rfc3339)
        writer.field("sent_at", row.sentAt?.rfc3339)
        writer.field("delivered_at", row.deliveredAt?.rfc3339)
        writer.field("read_at", row.readAt?.rfc3339)
        writer.field("ended_at", row.endedAt?.rfc3339)
    }

    private static func write(_ gate: HoldingGate, into writer: inout JSONWriter) {
        let words = gate.cause.words
        writer.field("scope", gate.scope.rawValue)
        writer.field("cause", gate.cause.rawValue)
        writer.field("title", words.title)
        writer.field("explanation", words.explanation)
        writer.field("remedy", words.remedy)
        writer.field("who", words.who.rawValue)
        writer.field("opens_at", gate.opensAt?.rfc3339)
        writer.field("next_try_at", gate.probeAt?.rfc3339)
    }

    static func stats(
        from: Timestamp,
        to: Timestamp,
        total: CountedFlow,
        now: [MessageState: Int64],
        groups: (name: String, flows: [CountedFlow])?
    ) -> Response {
        var writer = JSONWriter(capacity: 4_096)
        writer.object { writer in
            writer.field("from", from.rfc3339)
            writer.field("to", to.rfc3339)
            writer.field("totals", object: { write(total, into: &$0) })
            writer.field("success_rate", total.successRate)
            writer.field("delivery_rate", total.deliveryRate)
            writer.field(
                "by_state_now",
                object: { writer in
                    for state in MessageState.allCases {
                        writer.key(state.name)
                        writer.integer(now[state] ?? 0)
                    }
                }
            )
            if let groups {
                writer.field("group_by", groups.name)
                writer.field(
                    "groups",
                    array: { list in
                        for flow in groups.flows {
                            list.object { writer in
                                writer.field("at", flow.at?.rfc3339)
                                if let subject = flow.subject { writer.field("id", subject.description) }
                                write(flow, into: &writer)
                                writer.field("success_rate", flow.successRate)
                                writer.field("delivery_rate", flow.deliveryRate)
                            }
                        }
                    }
                )
            }
        }
        return noStore(.json(200, writer.bytes))
    }

    private static func write(_ flow: CountedFlow, into writer: inout JSONWriter) {
        writer.field("accepted", flow.accepted)
        writer.field("pending", flow.pending)
        writer.field("sent", flow.sent)
        writer.field("delivered", flow.delivered)
        writer.field("read", flow.read)
        writer.field("failed", flow.failed)
        writer.field("undelivered", flow.undelivered)
        writer.field("expired", flow.expired)
        writer.field("cancelled", flow.cancelled)
    }

    static func noStore(_ response: Response) -> Response {
        var response = response
        response.setHeader("Cache-Control", "no-store")
        return response
    }
}
