package io.conveyor.spring.transaction;

import io.conveyor.spring.autoconfigure.ConveyorAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.transaction.support.TransactionSynchronization;

/** Offers {@link ConveyorTransactions} to applications that have Spring's transactions. */
@AutoConfiguration(after = ConveyorAutoConfiguration.class)
@ConditionalOnClass(TransactionSynchronization.class)
@ConditionalOnBooleanProperty(name = "conveyor.enabled", matchIfMissing = true)
public final class ConveyorTransactionAutoConfiguration {

    ConveyorTransactionAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean(ConveyorTransactions.class)
    ConveyorTransactions conveyorTransactions() {
        return new ConveyorTransactions();
    }
}
