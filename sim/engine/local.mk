libmemsim_a_SOURCES += \
	sim/engine/clock.c \
	sim/engine/clock.h \
	sim/engine/event.c \
	sim/engine/event.h
