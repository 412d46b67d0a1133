internal import JSON
package import Models

/// One of Twilio's words for how far a message is (Twilio, Message resource).
package struct TwilioStatus: Sendable, Equatable {
    package let word: String

    init(_ word: String) {
        self.word = String(word.prefix(40))
    }

    /// Nil for what is only news of Twilio's own queue, and for words we do not know: kept as events.
    package var receipt: ReceiptStatus? {
        switch word {
        case "sent": .sent
        case "delivered": .delivered
        case "read": .read
        case "failed", "undelivered", "canceled": .failed
        default: nil
        }
    }

    func error(code: Int?, details: String?) -> ProviderError? {
        guard receipt == .failed else { return nil }
        let unnamed = word == "canceled" ? ProviderError.cancelledCode : ProviderError.noCode
        return ProviderError(code: code ?? unnamed, details: details.map { String($0.prefix(500)) })
    }
}

/// What Twilio says about money, kept as it says it: a negative decimal string, and parts of a message counted.
enum TwilioPricing {
    static func json(price: String?, unit: String?, segments: String?) -> [UInt8]? {
        let segments = segments.flatMap { Int($0) }
        // The unit is named even while there is no price.
        if price == nil && segments == nil { return nil }
        var writer = JSONWriter(capacity: 96)
        writer.object { writer in
            writer.field("price", price.map { String($0.prefix(40)) })
            if price != nil { writer.field("price_unit", unit.map { String($0.prefix(10)) }) }
            writer.field("segments", segments)
        }
        return writer.bytes
    }
}
