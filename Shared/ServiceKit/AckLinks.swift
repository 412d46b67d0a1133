package import Crypto
internal import JSON
package import Models

/// Links that acknowledge one alert, for the messages that tell of it: who was sent the message needs no account to say
/// that somebody looks after it. What opens the link sees the alert's title and nothing else.
package struct AckLinks: Sendable {
    package static let path = "/alerts/ack"
    package static let validFor = Duration.seconds(7 * 86_400)
    private static let tokenBytesMax = 1_024

    /// What a link stands for.
    package struct Holder: Hashable, Sendable {
        package let alertID: AlertID
        /// Whom the message was sent to: `Slack`, or a mail address.
        package let who: String
    }

    private let signed: SignedText
    private let publicURL: String

    /// - Parameter publicURL: where people reach the pages, without a slash at the end.
    package init(_ masterKeys: MasterKeys, publicURL: String) {
        signed = SignedText(masterKeys, purpose: "tidings alert acknowledgement v1")
        self.publicURL = publicURL
    }

    /// - Parameter who: whom the message is sent to, as it is to stand in the alert's history.
    package func link(alertID: AlertID, who: String, now: Timestamp) -> String {
        "\(publicURL)\(Self.path)?t=\(token(alertID: alertID, who: who, now: now))"
    }

    /// What stands behind `t=`.
    package func token(alertID: AlertID, who: String, now: Timestamp) -> String {
        var writer = JSONWriter(capacity: 256)
        writer.object { writer in
            writer.field("alert", alertID.description)
            writer.field("who", who)
            writer.field("until", (now + Self.validFor).microseconds)
        }
        return signed.sign(writer.bytes)
    }

    /// Nil for what is no token of ours, or is over.
    package func read(_ token: String, now: Timestamp) -> Holder? {
        guard token.utf8.count <= Self.tokenBytesMax, let bytes = signed.read(token[...]),
            let root = try? JSONDocument(parsing: bytes).root,
            let until = root["until"]?.integer, Timestamp(microseconds: until) > now,
            let alertID = root["alert"]?.string.flatMap({ AlertID($0) }), let who = root["who"]?.string
        else { return nil }
        return Holder(alertID: alertID, who: who)
    }
}
