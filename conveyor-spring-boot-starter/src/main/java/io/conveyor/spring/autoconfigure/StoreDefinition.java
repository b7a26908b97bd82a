package io.conveyor.spring.autoconfigure;

/**
 * What the properties say about one store.
 *
 * @param name what it is called in metrics and thread names, and how its bean is qualified
 * @param prefix what stands before its properties, without a dot at the end
 * @param properties the properties
 * @param isOnBean whether it stores in a backend that is a bean of the application, and of which the properties say nothing
 */
record StoreDefinition(String name, String prefix, StoreProperties properties, boolean isOnBean) {

    /** The name of the store that the properties directly under {@code conveyor.} describe. */
    static final String DEFAULT = "default";

    static StoreDefinition ofDefault(ConveyorProperties properties) {
        return new StoreDefinition(DEFAULT, "conveyor", properties, false);
    }

    static StoreDefinition ofDefaultOnBean(ConveyorProperties properties) {
        return new StoreDefinition(DEFAULT, "conveyor", properties, true);
    }

    static StoreDefinition named(String name, StoreProperties properties) {
        return new StoreDefinition(name, "conveyor.stores." + name, properties, false);
    }

    /** The full name of one of its properties. */
    String property(String name) {
        return prefix + "." + name;
    }
}
