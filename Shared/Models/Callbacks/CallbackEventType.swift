/// What a tenant's endpoint can be told of; the raw value is the `type` of a callback.
package enum CallbackEventType: String, CaseIterable, Hashable, Sendable {
    case messageAccepted = "message.accepted"
    case messageScheduled = "message.scheduled"
    case messageQueued = "message.queued"
    case messageSending = "message.sending"
    case messageUnanswered = "message.unanswered"
    case messageWaiting = "message.waiting"
    case messageHeld = "message.held"
    case messageSent = "message.sent"
    case messageDelivered = "message.delivered"
    case messageRead = "message.read"
    case messageFailed = "message.failed"
    case messageUndelivered = "message.undelivered"
    case messageExpired = "message.expired"
    case messageCancelled = "message.cancelled"
    case messageRepeated = "message.repeated"
    case messageReceived = "message.received"
    case templateStatusChanged = "template.status_changed"
    case contactOptedIn = "contact.opted_in"
    case contactOptedOut = "contact.opted_out"
    case callbackDisabled = "callback.disabled"
    case callbackTest = "callback.test"

    /// What an endpoint gets that says nothing about it: what became of messages, and what others did.
    package static let standard: [CallbackEventType] = [
        .messageSent, .messageDelivered, .messageRead, .messageFailed, .messageUndelivered, .messageExpired,
        .messageCancelled, .messageReceived, .templateStatusChanged, .contactOptedIn, .contactOptedOut,
        .callbackDisabled,
    ]

    /// Whether an endpoint may choose it. A test goes to the endpoint that is tested.
    package var canBeChosen: Bool { self != .callbackTest }

    /// The part before the dot.
    package var group: String { String(rawValue.prefix { $0 != "." }) }

    /// Words that an endpoint's list may hold: types, `message.*` for all of a group, `*` for everything.
    package static let words: Set<String> = {
        let chosen = allCases.filter(\.canBeChosen)
        return Set(chosen.map(\.rawValue)).union(chosen.map { $0.group + ".*" }).union(["*"])
    }()

    package var explanation: String {
        switch self {
        case .messageAccepted: "A message was accepted and stored."
        case .messageScheduled: "A message waits for its time."
        case .messageQueued: "A message is ready to be sent, or ready again after a wait."
        case .messageSending: "An attempt to send has begun."
        case .messageUnanswered: "The attempt got no answer; a receipt or the policy will settle it."
        case .messageWaiting: "The attempt failed and another one is planned."
        case .messageHeld: "The message waits behind a pause or a closed gate."
        case .messageSent: "WhatsApp has taken the message."
        case .messageDelivered: "The message is on the recipient's phone."
        case .messageRead: "The recipient has read the message."
        case .messageFailed: "The message was not sent and will not be tried again by itself."
        case .messageUndelivered: "WhatsApp took the message and could not deliver it."
        case .messageExpired: "The message was not sent before it expired."
        case .messageCancelled: "The message was cancelled before it was sent."
        case .messageRepeated: "A failed message was sent again, as a new message."
        case .messageReceived: "A customer wrote to one of your senders."
        case .templateStatusChanged: "WhatsApp approved, rejected, paused or disabled a template."
        case .contactOptedIn: "A contact agreed to be written to."
        case .contactOptedOut: "A contact does not want to be written to any more."
        case .callbackDisabled: "Another endpoint of yours failed for so long that it was switched off."
        case .callbackTest: "You asked for a test of this endpoint."
        }
    }
}
