internal import JSON
package import Kafka
package import Models
internal import Runtime

package typealias DispatchRecord = DispatchOrder
package typealias AlertRecord = AlertNews
package typealias ControlRecord = ControlNews

/// Keyed by the sender: one dispatcher owns its limits.
extension DispatchOrder: BusRecord {
    package static var topic: Topic { .dispatch }

    package init(decoding record: ConsumedRecord) throws(BusError) {
        let fields = try BusFields(record, version: Self.version)
        self.init(
            messageID: try fields.id("message"),
            tenantID: try fields.id("tenant"),
            senderID: try fields.id("sender"),
            lane: try fields.word("lane") { word in Lane.allCases.first { $0.name == word } },
            priority: try fields.integer("priority", in: Priority.range),
            attempt: try fields.integer("attempt", in: 1...Int(Int32.max)),
            isTraced: record.trace?.isSampled ?? false
        )
    }

    package func record(prefix: String) -> KafkaRecord {
        let span = Tracer.begin(
            "send \(Self.topic.rawValue)", .producer, below: Tracer.root(of: messageID, isAskedFor: isTraced))
        defer {
            span?.end([
                ("messaging.system", .text("kafka")), ("messaging.operation.type", .text("send")),
                ("messaging.destination.name", .text(Self.topic.name(prefix: prefix))),
                ("tidings.tenant.id", .text(tenantID.description)),
                ("tidings.attempt", .integer(attempt)),
            ])
        }
        return makeRecord(
            Self.topic, prefix: prefix, key: senderID.description, version: Self.version, trace: span?.context
        ) { body in
            body.field("message", messageID.description)
            body.field("tenant", tenantID.description)
            body.field("sender", senderID.description)
            body.field("lane", lane.name)
            body.field("priority", priority)
            body.field("attempt", attempt)
        }
    }
}

/// Keyed by the message: what happens to it is read in order.
extension LifecycleEvent {
    /// Told without reading the record: only a critical event carries the field.
    package static func mayBeCritical(_ record: ConsumedRecord) -> Bool {
        record.value.withUnsafeBytes { value in
            criticalField.withUnsafeBytes { field in
                var from = 0
                while from + field.count <= value.count {
                    if value[from] == field[0], value[from...].starts(with: field) { return true }
                    from += 1
                }
                return false
            }
        }
    }

    private static let criticalField = Array("\"critical\"".utf8)

    fileprivate static let told: [MessageState: Counter] = Dictionary(
        uniqueKeysWithValues: MessageState.allCases.map { state in
            let counter = MetricsRegistry.shared.counter(
                "tidings_message_moves_total",
                help: "Moves of messages that this process made and told, by the state they led to.",
                labels: [("state", state.name)]
            )
            return (state, counter)
        }
    )
}

extension LifecycleEvent: BusRecord {
    package static var topic: Topic { .events }

    package init(decoding record: ConsumedRecord) throws(BusError) {
        let fields = try BusFields(record, version: Self.version)
        self.init(
            messageID: try fields.id("message"),
            tenantID: try fields.id("tenant"),
            senderID: try fields.id("sender"),
            state: try fields.word("state") { word in MessageState.allCases.first { $0.name == word } },
            at: Timestamp(microseconds: Int64(try fields.integer("at", in: 0...Int.max))),
            attempt: try fields.integer("attempt", in: 0...Int(Int32.max)),
            errorCode: try fields.optionalInteger("error", in: Int.min...Int.max),
            isCritical: try fields.flag("critical")
        )
    }

    package func record(prefix: String) -> KafkaRecord {
        Self.told[state]?.increment()
        return makeRecord(
            Self.topic, prefix: prefix, key: messageID.description, version: Self.version,
            trace: Tracer.root(of: messageID)
        ) { body in
            body.field("message", messageID.description)
            body.field("tenant", tenantID.description)
            body.field("sender", senderID.description)
            body.field("state", state.name)
            // Microseconds since 1970, as everywhere inside.
            body.field("at", at.microseconds)
            body.field("attempt", attempt)
            body.field("error", errorCode)
            if isCritical { body.field("critical", true) }
        }
    }
}

/// Keyed by the alert's key: raised, updated and resolved stay in order.
extension AlertNews: BusRecord {
    package static var topic: Topic { .alerts }
    package static let keyBytesMax = 512

    package init(decoding record: ConsumedRecord) throws(BusError) {
        let fields = try BusFields(record, version: Self.version)
        self.init(
            alertID: try fields.id("alert"),
            key: try fields.text("key", bytesMax: Self.keyBytesMax),
            kind: try fields.word("kind", Kind.init(rawValue:)),
            tenantID: try fields.optionalID("tenant")
        )
    }

    package func record(prefix: String) -> KafkaRecord {
        let trace = Tracer.root(of: alertID)
        // The root of the alert's own trace: telling people of it lies below.
        if kind == .raised { Tracer.begin("alert raised", .internal, at: trace)?.end() }
        return makeRecord(
            Self.topic, prefix: prefix, key: key, version: Self.version, trace: trace
        ) { body in
            body.field("alert", alertID.description)
            body.field("key", key)
            body.field("kind", kind.rawValue)
            body.field("tenant", tenantID?.description)
        }
    }
}

/// Keyed by the tenant.
extension ControlNews: BusRecord {
    package static var topic: Topic { .control }

    package init(decoding record: ConsumedRecord) throws(BusError) {
        let fields = try BusFields(record, version: Self.version)
        self.init(
            tenantID: try fields.id("tenant"),
            what: try fields.word("what", Subject.init(rawValue:))
        )
    }

    package func record(prefix: String) -> KafkaRecord {
        makeRecord(
            Self.topic, prefix: prefix, key: tenantID.description, version: Self.version, trace: Tracer.current
        ) { body in
            body.field("tenant", tenantID.description)
            body.field("what", what.rawValue)
        }
    }
}
