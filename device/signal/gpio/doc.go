// Package gpio switches and watches lines of GPIO chips through the kernel's
// character device, uAPI version 2 (Linux 5.10 and later).
//
// It promises that an output is requested as one that is off, that the chip is
// found by its device name or its label and the line by its offset or its name,
// never by a number that changes between models, that what is not unique is
// refused rather than guessed, and that closing an output switches it off before
// letting go. It cannot promise what happens to a line after the process has
// died: that is the kernel's, and Raspberry Pi kernels keep the last level
// unless told otherwise; [Persists] tells.
//
// The structures, numbers and flags are those of the kernel's header
// linux/gpio.h. The code is ours because the library that does this well,
// go-gpiocdev, is not to be had as a dependency, and of those that are, some
// drive the registers behind the kernel's back, which fails on a Raspberry Pi
// 5, while periph's gpioioctl knows neither active-low lines nor the kernel's
// debouncing, keeps the chips of the whole machine in package variables, and
// writes to the log on its own.
package gpio
