/// Meta's error codes, one table for answers and receipts.
///
/// Only the numeric code decides (Meta, error codes page: build on `code`); titles and HTTP statuses change.
package enum MetaErrors {
    /// Every row; a row with a subcode comes before the row of its code.
    package static let rows: [ErrorClassification] = generalRows + messageRows + templateRows

    /// A permission is missing or was taken away; Meta reserves the whole range (error codes page).
    package static let permissionCodes = 201...299

    package static func classify(code: Int, subcode: Int? = nil, httpStatus: Int = 0) -> ErrorClassification {
        if let subcode, let row = bySubcode[Key(code: code, subcode: subcode)] { return row }
        if let row = byCode[code] { return row }
        if permissionCodes.contains(code) { return permissionMissing(code: code) }
        return .unlisted(code: code, httpStatus: httpStatus, by: "WhatsApp")
    }

    package static func classify(_ error: ProviderError) -> ErrorClassification {
        classify(code: error.code, subcode: error.subcode, httpStatus: error.httpStatus)
    }

    private struct Key: Hashable {
        let code: Int
        let subcode: Int
    }

    private static let byCode: [Int: ErrorClassification] = Dictionary(
        rows.filter { $0.subcode == nil }.map { ($0.code, $0) },
        uniquingKeysWith: { first, _ in first }
    )

    private static let bySubcode: [Key: ErrorClassification] = Dictionary(
        rows.compactMap { row in row.subcode.map { (Key(code: row.code, subcode: $0), row) } },
        uniquingKeysWith: { first, _ in first }
    )

    private static func permissionMissing(code: Int) -> ErrorClassification {
        ErrorClassification(
            code: code,
            class: .account,
            scope: .account,
            who: .tenant,
            title: "Permission missing",
            explanation:
                "The access token lacks a permission that sending needs, or the permission was taken away.",
            remedy: "Grant whatsapp_business_messaging to the token's system user in Meta Business Manager."
        )
    }
}
