@NullMarked
package dev.sallyport.cli.job;

import org.jspecify.annotations.NullMarked;
