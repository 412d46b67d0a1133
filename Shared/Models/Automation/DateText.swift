/// Dates and times as people read them in a language.
package enum DateText {
    /// `14 March 2027`; in a language we do not know, `2027-03-14`.
    package static func date(day: Int, language: String) -> String {
        let (year, month, dayOfMonth) = Timestamp.civilDate(daysSince1970: Int64(day))
        guard let names = words(of: language) else { return isoDate(day: day) }
        let name = names.months[Int(month) - 1]
        switch names.order {
        case .dayMonthYear: return "\(dayOfMonth) \(name) \(year)"
        case .dayOfMonthOfYear: return "\(dayOfMonth) de \(name) de \(year)"
        case .dayPointMonthYear: return "\(dayOfMonth). \(name) \(year)"
        case .monthDayYear: return "\(name) \(dayOfMonth), \(year)"
        }
    }

    package static func isoDate(day: Int) -> String {
        String(Timestamp(microseconds: Int64(day) * LocalClock.dayMicroseconds).rfc3339.prefix(10))
    }

    /// `Sunday`; in a language we do not know, in English.
    package static func weekday(day: Int, language: String) -> String {
        // The first of January 1970 was a Thursday.
        let (_, index) = Timestamp.floorDivision(Int64(day) + 3, 7)
        let weekdays = words(of: language)?.weekdays ?? english.weekdays
        return weekdays[Int((index + 7) % 7)]
    }

    /// `18:30`.
    package static func time(_ time: Duration) -> String {
        let minutes = time.microseconds / 60_000_000
        return two(minutes / 60) + ":" + two(minutes % 60)
    }

    /// `6:30 PM`.
    package static func twelveHourTime(_ time: Duration) -> String {
        let minutes = time.microseconds / 60_000_000
        let hour = minutes / 60
        return "\(hour % 12 == 0 ? 12 : hour % 12):\(two(minutes % 60)) \(hour < 12 ? "AM" : "PM")"
    }

    private static func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }

    private enum Order {
        case dayMonthYear
        case dayOfMonthOfYear
        case dayPointMonthYear
        case monthDayYear
    }

    private struct Words {
        let months: [String]
        /// From Monday.
        let weekdays: [String]
        var order: Order = .dayMonthYear

        init(_ months: String, _ weekdays: String, _ order: Order = .dayMonthYear) {
            self.months = months.split(separator: " ").map(String.init)
            self.weekdays = weekdays.split(separator: " ").map(String.init)
            self.order = order
        }
    }

    private static let englishMonths =
        "January February March April May June July August September October November December"
    private static let englishWeekdays = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
    private static let english = Words(englishMonths, englishWeekdays)
    private static let languages: [String: Words] = [
        "en": english,
        "en_US": Words(englishMonths, englishWeekdays, .monthDayYear),
        "it": Words(
            "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
            "lunedì martedì mercoledì giovedì venerdì sabato domenica"),
        "es": Words(
            "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
            "lunes martes miércoles jueves viernes sábado domingo", .dayOfMonthOfYear),
        "pt": Words(
            "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
            "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo", .dayOfMonthOfYear),
        "fr": Words(
            "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
            "lundi mardi mercredi jeudi vendredi samedi dimanche"),
        "de": Words(
            "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
            "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag", .dayPointMonthYear),
        "nl": Words(
            "januari februari maart april mei juni juli augustus september oktober november december",
            "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"),
        "id": Words(
            "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
            "Senin Selasa Rabu Kamis Jumat Sabtu Minggu"),
        "ms": Words(
            "Januari Februari Mac April Mei Jun Julai Ogos September Oktober November Disember",
            "Isnin Selasa Rabu Khamis Jumaat Sabtu Ahad"),
    ]

    /// Of the language as it is spoken there, else of the language.
    private static func words(of language: String) -> Words? {
        languages[language] ?? languages[String(language.prefix { $0 != "_" && $0 != "-" })]
    }
}
