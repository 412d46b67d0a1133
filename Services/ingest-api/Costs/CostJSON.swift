import JSON
import Models
import Storage

extension CostStore.Group {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("key", key)
        writer.field("currency", currency)
        writer.field("messages", messages)
        writer.field("billable", billable)
        writer.field("without_price", withoutPrice)
        writer.field("amount", amount.decimal)
    }
}

extension CostStore.MessageCost {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("attempt", attempt)
        writer.field("category", charge.category)
        writer.field("pricing_type", charge.pricingType)
        writer.field("billable", charge.isBillable)
        writer.field("amount", orNull: charge.amount?.decimal)
        writer.field("currency", charge.currency)
        writer.field("source", charge.source.rawValue)
        writer.field("country", orNull: country.isEmpty ? nil : country)
        writer.field("segments", charge.segments)
    }
}

extension CostEstimate {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("category", category.rawValue)
        writer.field("currency", currency)
        writer.field("messages", messages)
        writer.field("without_price", withoutPrice)
        writer.field("amount", total.decimal)
        writer.field(
            "countries",
            array: { list in
                for line in lines {
                    list.object { entry in
                        entry.field("country", orNull: line.country)
                        entry.field("market", line.market)
                        entry.field("messages", line.messages)
                        entry.field("price", orNull: line.price?.decimal)
                        entry.field("amount", orNull: line.amount?.decimal)
                    }
                }
            })
    }
}

extension RateCardStore.Stored {
    func writeFields(into writer: inout JSONWriter) {
        writer.field("id", id.description)
        writer.field("name", name)
        writer.field("currency", currency)
        writer.field("valid_from", validFrom)
        writer.field("imported_at", importedAt.rfc3339)
        writer.field("prices_count", pricesCount)
    }
}

extension Timestamp {
    /// Of UTC, "2026-11-21".
    var day: String { String(rfc3339.prefix(10)) }
}
