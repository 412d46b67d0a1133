import Crypto
import Models
import Runtime
import ServiceKit
import Testing

/// Links in Slack and mails that acknowledge an alert.
@Suite struct AckLinkTests {
    private static let keys = [
        "new:" + Base64.encode([UInt8](repeating: 7, count: 32)), "old:" + Base64.encode([UInt8](repeating: 9, count: 32)),
    ]
    private let now = Timestamp(microseconds: 1_800_000_000_000_000)
    private let alertID = AlertID(IDSource().uuid())

    private func links(_ keys: [String] = keys) throws -> AckLinks {
        AckLinks(try MasterKeys(parsing: keys.joined(separator: ",")), publicURL: "https://pages.example")
    }

    @Test func aLinkSaysWhichAlertAndWhoWasTold() throws {
        let link = try links().link(alertID: alertID, who: "ada@example.com", now: now)
        let start = "https://pages.example/alerts/ack?t="
        #expect(link.hasPrefix(start))
        let holder = try #require(try links().read(String(link.dropFirst(start.count)), now: now + .seconds(7 * 86_400 - 1)))
        #expect(holder.alertID == alertID)
        #expect(holder.who == "ada@example.com")
    }

    @Test func itEndsAfterAWeekAndWithItsKey() throws {
        let token = try links([Self.keys[1]]).token(alertID: alertID, who: "Slack", now: now)
        #expect(try links().read(token, now: now) != nil)
        #expect(try links([Self.keys[0]]).read(token, now: now) == nil)
        #expect(try links().read(token, now: now + .seconds(7 * 86_400)) == nil)
    }

    @Test func aPagePassIsNoLinkAndWhatWasChangedIsNone() throws {
        let token = try links().token(alertID: alertID, who: "Slack", now: now)
        for bad in ["", ".", "x.y", token + "A", "A" + token, String(token.dropLast()), token + "." + token] {
            #expect(try links().read(bad, now: now) == nil, "\(bad)")
        }
        let signed = SignedPurpose.sign(key: [UInt8](repeating: 7, count: 32), token)
        #expect(try links().read(signed, now: now) == nil)
    }

    /// The same text, signed for another purpose.
    private enum SignedPurpose {
        static func sign(key: [UInt8], _ token: String) -> String {
            let text = String(token.prefix { $0 != "." })
            let other = HMACSHA256.authenticate(key: key, message: Array("tidings page pass v1".utf8))
            return text + "." + Base64URL.encode(HMACSHA256.authenticate(key: other, message: Array(text.utf8)))
        }
    }
}
