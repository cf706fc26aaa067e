/**
 * Keep one drawing's failure from taking the page along. In: what to draw, and what to draw
 * otherwise. Out: the first, or the second once the first has thrown.
 */
import { Component, type ReactNode } from "react";

interface GuardProps {
  children: ReactNode;
  otherwise: ReactNode;
}

export class Guard extends Component<GuardProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidCatch(error: unknown) {
    console.warn("Shown as raw JSON: rendering failed", error);
  }

  override render() {
    return this.state.failed ? this.props.otherwise : this.props.children;
  }
}
