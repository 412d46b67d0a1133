/// An identifier that cannot be confused with another kind of identifier.
package struct Identifier<Kind>: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: UUIDValue

    package init(_ value: UUIDValue) {
        self.value = value
    }

    /// Nil unless the text is a hyphenated UUID.
    package init?(_ text: some StringProtocol) {
        guard let value = UUIDValue(text) else { return nil }
        self.value = value
    }

    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }

    package var description: String { value.description }
}

package enum TenantKind {}
package enum MessageKind {}
package enum SenderKind {}
package enum TemplateKind {}
package enum BatchKind {}
package enum APIKeyKind {}
package enum AlertKind {}
package enum GateKind {}

package typealias TenantID = Identifier<TenantKind>
/// A version 7 UUID: its time decides the day partition the message lives in.
package typealias MessageID = Identifier<MessageKind>
/// The sending phone number; WhatsApp's throughput limits hang off it.
package typealias SenderID = Identifier<SenderKind>
package typealias TemplateID = Identifier<TemplateKind>
package typealias BatchID = Identifier<BatchKind>
package typealias APIKeyID = Identifier<APIKeyKind>
package typealias AlertID = Identifier<AlertKind>
/// One closing of a gate: the same scope closed again is another gate.
package typealias GateID = Identifier<GateKind>

extension MessageID {
    /// 0 ..< 1, the same on every replay: what a retry's delay is spread by.
    package var spread: Double { Double(value.low & 0xFFFF) / 65_536 }
}
