import APIKit
import HTTPServer
import JSON
import Models
import Storage

/// What limits a tenant's sending, and how much of it is used now.
struct LimitsRoutes: Sendable {
    private let parts: RouteParts
    private let store: LimitsStore

    init(parts: RouteParts) {
        self.parts = parts
        store = LimitsStore(parts.database)
    }

    func limits(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request)
        try request.refuseParameters()
        guard let limits = try await withStorage({ try await store.limits(of: caller.tenantID) }) else {
            throw Problem.keyInvalid
        }
        var writer = JSONWriter(capacity: 2_048)
        writer.object { limits.writeFields(into: &$0) }
        return .json(200, writer.bytes)
    }
}

extension TenantLimits {
    fileprivate func writeFields(into writer: inout JSONWriter) {
        writer.field("time_zone", timeZone)
        writer.field(
            "daily_quota",
            object: { writer in
                writer.field("max", orNull: rules.dailyQuota)
                // Only what a quota is set for is counted.
                if rules.dailyQuota != nil { writer.field("used_today", sendsToday) }
                writer.field("resets_at", rules.clock.nextMidnight(after: now).rfc3339)
            }
        )
        writer.key("quiet_hours")
        if let quiet = rules.quietHours {
            writer.object { writer in
                writer.field("from", Self.clockTime(quiet.from))
                writer.field("to", Self.clockTime(quiet.to))
                switch rules.quiet(at: now, category: .utility) {
                case .open: writer.field("quiet_now", false)
                case .closedUntil(let end):
                    writer.field("quiet_now", true)
                    writer.field("until", end.rfc3339)
                }
            }
        } else {
            writer.null()
        }
        writer.field("message_delay_seconds", rules.messageDelay.components.seconds)
        writer.field(
            "senders",
            array: { list in
                for sender in senders { list.object { sender.writeFields(now, into: &$0) } }
            }
        )
        writer.field(
            "portfolios",
            array: { list in
                for portfolio in portfolios { list.object { portfolio.writeFields(into: &$0) } }
            }
        )
        writer.field(
            "hits_today",
            array: { list in
                for hit in hits { list.object { hit.writeFields(into: &$0) } }
            }
        )
    }

    private static func clockTime(_ time: Duration) -> String {
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let seconds = time.components.seconds
        let text = two(seconds / 3_600) + ":" + two(seconds / 60 % 60)
        return seconds % 60 == 0 ? text : text + ":" + two(seconds % 60)
    }
}

extension TenantLimits.Sender {
    fileprivate func writeFields(_ now: Timestamp, into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("name", name)
        writer.field("provider", provider)
        writer.field("status", status)
        writer.field("portfolio_id", portfolioID)
        writer.field("messages_per_second", messagesPerSecond)
        writer.field("messages_per_second_now", rate.map { min($0, Double(messagesPerSecond)) } ?? Double(messagesPerSecond))
        writer.field("in_flight_max", inFlightMax)
        writer.field("pair_burst", pairBurst)
        writer.field("has_dispatcher", leaseUntil.map { $0 > now } ?? false)
        writer.field(
            "waiting_in_dispatcher",
            object: { writer in
                for lane in Lane.allCases {
                    writer.key(lane.name)
                    writer.integer(pending[lane] ?? 0)
                }
            }
        )
    }
}

extension TenantLimits.Portfolio {
    fileprivate func writeFields(into writer: inout JSONWriter) {
        writer.field("id", id)
        writer.field("recipients_max", orNull: recipientsMax)
        writer.field("recipients_used", used)
        if let recipientsMax { writer.field("recipients_free", max(0, recipientsMax - used)) }
        writer.field("next_free_at", nextFreeAt?.rfc3339)
    }
}

extension TenantLimits.Hit {
    fileprivate func writeFields(into writer: inout JSONWriter) {
        writer.field("limit", name)
        writer.field("subject", subject)
        writer.field("by_provider", isByProvider)
        writer.field("hits", hits)
        writer.field("last_at", lastAt.rfc3339)
    }
}
