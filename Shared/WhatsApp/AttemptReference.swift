package import Models

/// Names one attempt of one message to the provider, and comes back in every receipt: Meta's
/// `biz_opaque_callback_data` (echoed verbatim, at most 512 characters; Meta, send-messages reference).
package struct AttemptReference: Hashable, Sendable, CustomStringConvertible {
    package let messageID: MessageID
    package let attempt: Int

    package init(messageID: MessageID, attempt: Int) {
        self.messageID = messageID
        self.attempt = attempt
    }

    package var description: String { "v1.\(messageID).\(attempt)" }

    /// Nil for anything we did not write: other software may send through the same number.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "v1", let messageID = MessageID(parts[1]), let attempt = Int(parts[2]),
            (1...Int(Int16.max)).contains(attempt)
        else { return nil }
        self.init(messageID: messageID, attempt: attempt)
    }
}
