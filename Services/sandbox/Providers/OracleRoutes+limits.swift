import HTTPServer
import JSON
import Models
import Runtime

/// Which limits a number has, and what became of them.
extension OracleRoutes {
    /// `messages_per_second` is the number's own; `recipients_max` its portfolio's (`portfolio_id`, else the
    /// account), 0 for no limit.
    func teachPhone(_ request: Request) throws -> Response {
        let order = try Self.object(request)
        guard let id = order["phone_number_id"]?.string, let account = order["waba_id"]?.string,
            let phone = standIn.teach(
                phoneNumberID: id,
                accountID: account,
                displayPhoneNumber: order["display_phone_number"]?.string,
                portfolioID: order["portfolio_id"]?.string
            )
        else { throw Self.missing("phone_number_id, waba_id") }
        standIn.withLimits { limits in
            if let rate = order["messages_per_second"]?.integer, rate > 0 {
                limits.setMessagesPerSecond(Int(rate), of: phone)
            }
            if let recipients = order["recipients_max"]?.integer {
                limits.setRecipientsMax(recipients > 0 ? Int(recipients) : nil, of: phone.portfolioID)
            }
        }
        return .empty()
    }

    func limits() -> Response {
        let limits = standIn.withLimits { $0 }
        let now = SystemClock.now()
        var writer = JSONWriter()
        writer.object { writer in
            Self.write(limits.breaches, to: &writer)
            writer.field(
                "phones",
                array: { list in
                    for number in limits.numbers.values.sorted(by: { $0.account.index < $1.account.index }) {
                        list.object { Self.write(number, to: &$0) }
                    }
                }
            )
            writer.field(
                "portfolios",
                array: { list in
                    for (id, portfolio) in limits.portfolios.sorted(by: { $0.key < $1.key }) {
                        list.object { object in
                            object.field("portfolio_id", id)
                            object.field("recipients_max", portfolio.recipientsMax)
                            object.field("recipients", portfolio.recipientsCount(at: now))
                            object.field("breaches", portfolio.breaches)
                        }
                    }
                }
            )
        }
        return .json(200, writer.bytes)
    }

    private static func write(_ number: SendLimits.Number, to object: inout JSONWriter) {
        object.field("phone_number_id", number.account.phoneNumberID)
        object.field("messages_per_second", number.messagesPerSecond)
        object.field("sends", number.sends)
        object.field("highest_second", number.second.highest)
        write(number.breaches, to: &object)
    }

    static func write(_ breaches: SendLimits.Breaches, to object: inout JSONWriter) {
        object.field("breaches", breaches.total)
        object.field("throughput", breaches.throughput)
        object.field("sliding_second", breaches.slidingSecond)
        object.field("pair", breaches.pair)
        object.field("recipients", breaches.recipients)
    }
}
