/// Who takes a sender's messages to WhatsApp.
package enum Provider: String, CaseIterable, Hashable, Sendable {
    case meta
    case twilio
}
