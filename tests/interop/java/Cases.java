import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The cases of a scenario by name, in the order they run. */
final class Cases {
    /** One thing that an application does with the client. It fails by throwing. */
    interface Case {
        void run(Broker broker) throws Exception;
    }

    /** The same, with destinations that are named in one way or the other. */
    interface CaseOfSyntax {
        void run(Broker broker, Syntax syntax) throws Exception;
    }

    private final Map<String, Case> byName = new LinkedHashMap<>();

    Cases add(String name, Case added) {
        byName.put(name, added);
        return this;
    }

    /** Adds a case for each syntax, which ends its name. */
    Cases addOfEachSyntax(String name, CaseOfSyntax added) {
        for (Syntax syntax : Syntax.values()) {
            String suffix = "_by_" + syntax.name().toLowerCase(Locale.ROOT);
            add(name + suffix, broker -> added.run(broker, syntax));
        }
        return this;
    }

    Map<String, Case> byName() {
        return byName;
    }
}
