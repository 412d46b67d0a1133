internal import Crypto
internal import HTTPClient
internal import JSON
internal import Models

/// A sender of Twilio's: the account with its auth token, and that the number or pool is the account's.
struct TwilioSenderCheck: Sendable {
    private static let pagesMax = 20
    /// Twilio's sandbox lends this number to every account, and lists it in none.
    private static let sandboxNumber = "whatsapp:+14155238886"

    let calls: CheckCalls
    let api: String
    let messaging: String

    func check(_ sender: CheckedSender, _ depth: SenderChecker.Depth) async -> SenderVerdict {
        switch await get("\(api)/2010-04-01/Accounts/\(sender.accountID).json", sender) {
        case .unanswered: return .unanswered
        case .refused(let status, _, _): return .refused(status == 404 ? .accountUnknown : .tokenInvalid)
        case .found(let account):
            guard account["status"]?.string == "active" else { return .refused(.accountInactive) }
        }
        if let service = sender.messagingServiceID {
            switch await get("\(messaging)/v1/Services/\(service)", sender) {
            case .unanswered: return .unanswered
            case .refused: return .refused(.serviceUnknown)
            case .found: break
            }
        }
        return await number(of: sender)
    }

    private func number(of sender: CheckedSender) async -> SenderVerdict {
        var url = "\(messaging)/v2/Channels/Senders?Channel=whatsapp&PageSize=100"
        for page in 0..<Self.pagesMax {
            switch await get(url, sender) {
            case .unanswered: return .unanswered
            case .refused: return .refused(.permissionMissing)
            case .found(let list):
                if let found = list["senders"]?.elements?.first(where: { $0["sender_id"]?.string == sender.phoneNumberID }) {
                    return .vouched(SenderReport(twilio: found))
                }
                // Its own address again, so that nobody is led elsewhere with the token.
                guard let next = list["meta"]?["next_page_url"]?.string, let query = next.firstIndex(of: "?") else {
                    let isLent = sender.phoneNumberID == Self.sandboxNumber && page == 0
                    return isLent ? .vouched(SenderReport()) : .refused(.numberNotOfAccount)
                }
                url = "\(messaging)/v2/Channels/Senders\(next[query...])"
            }
        }
        return .refused(.numberNotOfAccount)
    }

    private func get(_ url: String, _ sender: CheckedSender) async -> CheckAnswer {
        let pair = Base64.encode(Array("\(sender.accountID):\(sender.accessToken)".utf8))
        return await calls.get(url, authorization: "Basic \(pair)")
    }
}

extension SenderReport {
    fileprivate init(twilio sender: JSONValue) {
        self.init()
        status = sender["status"]?.string
        verifiedName = sender["profile"]?["name"]?.string
        qualityRating = sender["properties"]?["quality_rating"]?.string
        messagingLimit = sender["properties"]?["messaging_limit"]?.string
    }
}
