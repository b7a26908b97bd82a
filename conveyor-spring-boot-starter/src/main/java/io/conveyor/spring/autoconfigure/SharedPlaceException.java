package io.conveyor.spring.autoconfigure;

/** Two stores of one application have objects in common: each would write over what the other knows of them. */
final class SharedPlaceException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient StoreDefinition store;
    private final transient StoreDefinition other;

    SharedPlaceException(StoreDefinition store, String place, StoreDefinition other, String otherPlace) {
        super("the stores '" + other.name() + "' and '" + store.name() + "' "
                + (place.equals(otherPlace)
                        ? "both store in " + place
                        : "store one within the other, in " + otherPlace + " and in " + place));
        this.store = store;
        this.other = other;
    }

    /** The one that is to move: the default store stays where it is. */
    StoreDefinition toMove() {
        return store.name().equals(StoreDefinition.DEFAULT) ? other : store;
    }
}
