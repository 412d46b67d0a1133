import HTTPClient
import JSON

/// How one try to tell somebody went. The words hold no address, no number and no secret.
enum DeliveryResult: Sendable, Equatable {
    case sent
    /// The channel fails at the moment; nil: wait as long as the number of tries says. Without an answer nobody knows
    /// whether it arrived.
    case later(String, wait: Duration?, mayHaveArrived: Bool = false)
    /// No later try would do better without a change on somebody's side.
    case refused(String)

    /// Nil for what went well.
    var failure: String? {
        switch self {
        case .sent: nil
        case .later(let words, _, _), .refused(let words): words
        }
    }
}

/// What Slack's incoming webhooks answer (fact sheet, 9.1): 200 and plain words, errors in plain words.
enum SlackAnswer {
    static let wordsMax = 60
    private static let retryAfterMax = Duration.seconds(3_600)

    static func result(status: Int, body: [UInt8], retryAfter: String?) -> DeliveryResult {
        let words = "Slack answered \(status) \(plainWords(body))"
        switch status {
        case 200...299: return .sent
        case 429: return .later(words, wait: wait(retryAfter) ?? .seconds(1))
        case 408, 500...599: return .later(words, wait: nil)
        // Gone, forbidden, archived, or a payload Slack does not take.
        default: return .refused(words)
        }
    }

    static func result(_ failure: ClientFailure) -> DeliveryResult {
        switch failure.kind {
        // The address is not one that we may call: no later try would.
        case .forbiddenAddress: .refused("Slack's address is not a public one")
        case .resolve, .connect, .tls, .timeout, .connectionLost, .bodyTooLarge, .protocol, .stopped, .cancelled,
            .overloaded:
            .later("Slack was not reached: \(failure.kind)", wait: nil, mayHaveArrived: failure.written != .nothing)
        }
    }

    /// Nil where Slack does not say how long.
    static func wait(_ retryAfter: String?) -> Duration? {
        retryAfter.flatMap { Int($0) }.map { min(.seconds(max(1, $0)), retryAfterMax) }
    }

    /// A proxy may answer with anything; only short plain words are kept.
    static func plainWords(_ body: [UInt8]) -> String {
        let isPlain = body.allSatisfy { (97...122).contains($0) || $0 == 0x5F || $0 == 0x20 || $0 == 0x0A }
        guard isPlain, body.count <= wordsMax else { return "" }
        return String(decoding: body.filter { $0 != 0x0A }, as: UTF8.self)
    }
}

enum MailAnswer {
    static func result(_ failure: MailFailure) -> DeliveryResult {
        let code = failure.code.map { " \($0)" } ?? ""
        return failure.isPermanent
            ? .refused("the mail server refused\(code): \(failure.text)")
            : .later(
                "the mail server failed\(code): \(failure.text)", wait: nil,
                mayHaveArrived: failure.code == nil && failure.written != .nothing)
    }
}

/// How long until the next try: 5 s, doubling, at most 10 minutes.
enum NotificationWait {
    static let first = Duration.seconds(5)
    static let longest = Duration.seconds(600)

    static func after(attempts: Int, scale: Double) -> Duration {
        min(first * (1 << min(max(0, attempts - 1), 10)), longest) * scale
    }
}
