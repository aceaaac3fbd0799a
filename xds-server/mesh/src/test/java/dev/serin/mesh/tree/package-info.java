@org.jspecify.annotations.NullMarked
package dev.serin.mesh.tree;
