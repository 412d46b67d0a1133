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
package enum UserKind {}
package enum AdminKeyKind {}
package enum ContactKind {}
package enum ConversationKind {}
package enum EventKind {}
package enum RuleKind {}
package enum TaskKind {}
package enum BroadcastKind {}
package enum CallbackKind {}
package enum AlertDestinationKind {}
package enum RateCardKind {}
package enum ErasureKind {}
package enum ExportKind {}

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
package typealias UserID = Identifier<UserKind>
package typealias AdminKeyID = Identifier<AdminKeyKind>
package typealias ContactID = Identifier<ContactKind>
package typealias ConversationID = Identifier<ConversationKind>
/// Something that happened in a business, told to us to act on.
package typealias BusinessEventID = Identifier<EventKind>
package typealias RuleID = Identifier<RuleKind>
/// A message that automation will send, or has sent.
package typealias AutomationTaskID = Identifier<TaskKind>
package typealias BroadcastID = Identifier<BroadcastKind>
/// An endpoint of a tenant that receives message events.
package typealias CallbackID = Identifier<CallbackKind>
/// Where somebody is told of alerts: an e-mail address, a Slack webhook.
package typealias AlertDestinationID = Identifier<AlertDestinationKind>
package typealias RateCardID = Identifier<RateCardKind>
package typealias ErasureID = Identifier<ErasureKind>
package typealias ExportID = Identifier<ExportKind>

extension MessageID {
    /// 0 ..< 1, the same on every replay: what a retry's delay is spread by.
    package var spread: Double { Double(value.low & 0xFFFF) / 65_536 }
}
