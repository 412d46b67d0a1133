internal import HTTPClient
internal import JSON
internal import Models

/// A number of Meta's Cloud API: the number itself, its account, the token.
struct MetaSenderCheck: Sendable {
    /// Numbers of an account are read in pages; nobody has more of them.
    private static let pagesMax = 20
    private static let fields =
        "id,display_phone_number,verified_name,status,quality_rating,throughput,whatsapp_business_manager_messaging_limit,health_status"

    let calls: CheckCalls
    /// Address and version.
    let prefix: String

    func check(_ sender: CheckedSender, _ depth: SenderChecker.Depth) async -> SenderVerdict {
        async let asked = get("\(sender.phoneNumberID)?fields=\(Self.fields)", sender)
        async let token = token(sender)
        var report = SenderReport()
        switch await asked {
        case .found(let number): report.read(number)
        case .unanswered: return .unanswered
        case .refused(_, let code, let subcode): return Self.refusal(code, subcode, unknown: .numberUnknown)
        }
        report.token = await token
        if let token = report.token, !token.isValid { return .refused(.tokenInvalid) }
        switch depth {
        case .regular: return .vouched(report)
        case .whole: return await account(of: sender, report)
        }
    }

    /// That the number is the account's, and whose the account is: nobody may use up another's limits by naming them.
    private func account(of sender: CheckedSender, _ report: SenderReport) async -> SenderVerdict {
        var report = report
        var after: String?
        for _ in 0..<Self.pagesMax {
            let cursor = after.map { "&after=\($0)" } ?? ""
            switch await get("\(sender.accountID)/phone_numbers?fields=id&limit=100\(cursor)", sender) {
            case .unanswered: return .unanswered
            case .refused(_, let code, let subcode): return Self.refusal(code, subcode, unknown: .accountUnknown)
            case .found(let page):
                let ids = page["data"]?.elements?.compactMap { $0["id"]?.string } ?? []
                if ids.contains(sender.phoneNumberID) {
                    report.portfolioID = await portfolio(of: sender)
                    return .vouched(report)
                }
                guard !ids.isEmpty, page["paging"]?["next"] != nil,
                    let next = page["paging"]?["cursors"]?["after"]?.string, next.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
                else { return .refused(.numberNotOfAccount) }
                after = next
            }
        }
        return .refused(.numberNotOfAccount)
    }

    /// Nil when the token may not see it: then the account is its own portfolio.
    private func portfolio(of sender: CheckedSender) async -> String? {
        guard case .found(let account) = await get("\(sender.accountID)?fields=id,owner_business_info", sender) else {
            return nil
        }
        return account["owner_business_info"]?["id"]?.string
    }

    /// A token may tell about itself; nil where Meta does not let it.
    private func token(_ sender: CheckedSender) async -> TokenReport? {
        var question = FormFields()
        question.append("input_token", sender.accessToken)
        let query = String(decoding: question.encoded, as: UTF8.self)
        guard case .found(let root) = await get("debug_token?\(query)", sender), let data = root["data"],
            let isValid = data["is_valid"]?.boolean
        else { return nil }
        let expiry = data["expires_at"]?.integer ?? 0
        return TokenReport(
            isValid: isValid, expiresAt: expiry > 0 ? Timestamp(microseconds: expiry * 1_000_000) : nil,
            scopes: data["scopes"]?.elements?.compactMap(\.string) ?? [])
    }

    private func get(_ path: String, _ sender: CheckedSender) async -> CheckAnswer {
        await calls.get(prefix + path, authorization: "Bearer \(sender.accessToken)")
    }

    private static func refusal(_ code: Int?, _ subcode: Int?, unknown: SenderTrouble) -> SenderVerdict {
        guard let code else { return .refused(.refused) }
        return switch code {
        case 190, 0, 102: .refused(.tokenInvalid)
        case 10, 3, 200...299: .refused(.permissionMissing)
        case 100, 803, 33: .refused(unknown)
        // Limits on calls, and Meta's own troubles.
        case 1, 2, 4, 17, 32, 613, 80_000...80_014: .unanswered
        default: .refused(.refused)
        }
    }
}

extension SenderReport {
    fileprivate mutating func read(_ number: JSONValue) {
        displayPhoneNumber = number["display_phone_number"]?.string
        verifiedName = number["verified_name"]?.string
        status = number["status"]?.string
        qualityRating = number["quality_rating"]?.string
        messagingLimit = number["whatsapp_business_manager_messaging_limit"]?.string
        throughput = number["throughput"]?["level"]?.string
        canSend = number["health_status"]?["can_send_message"]?.string
    }
}
